import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { createCallSlot } from './call-slot.ts';
import { PeerFailure } from './peer-failure.ts';
import type { Answer, Request } from './protocol.ts';

/** How to start a worker. */
export interface WorkerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables over those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What does tasks: a process, or a worker in a page. */
export interface Worker {
  /** Rejects with PeerFailure: the worker's own, or one that says how it ended or that time is up. */
  call(request: Request, limitMs: number): Promise<unknown>;
  /** False once it has ended: it answers no more calls. */
  readonly alive: boolean;
  /** Smallest step of its clock that was seen; null where the clock is finer than what it takes to read it. */
  readonly clockStepMs: number | null;
  stop(): void;
}

const keptErrorLength = 4000;

/** The last line that says something, without the addresses of a stack. */
function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  return lines.at(-1)?.trim() ?? '';
}

/** A process of its own, called on its stdin. */
export function startWorker({ command, args, environment }: WorkerCommand): Worker {
  const child: ChildProcess = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let errors = '';
  const slot = createCallSlot({
    send: (id, request) => void child.stdin?.write(`${JSON.stringify({ id, ...request })}\n`),
    kill: () => void child.kill('SIGKILL'),
  });
  child.on('error', (error: NodeJS.ErrnoException) => {
    const status = error.code === 'ENOENT' ? 'absent' : 'failed';
    slot.end(new PeerFailure(status, `${command} does not start: ${error.message}`));
  });
  child.on('close', (code, signal) => {
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const words = lastWords(errors);
    slot.end(new PeerFailure('failed', `its process ended with ${how}${words === '' ? '' : `: ${words}`}`));
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-keptErrorLength);
  });
  // A process that ends while it is written to; `close` tells why.
  child.stdin?.on('error', () => undefined);
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      // What a native library prints is no answer.
      if (line.startsWith('{"id":')) slot.answered(JSON.parse(line) as Answer);
    });
  }

  return {
    get alive() {
      return slot.alive;
    },
    clockStepMs: null,
    call: slot.call,
    stop() {
      slot.end(new PeerFailure('failed', 'it was stopped'));
      child.stdin?.end();
      // One that hangs in a driver does not notice.
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      child.once('close', () => clearTimeout(timer));
    },
  };
}
