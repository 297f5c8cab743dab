import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { PeerFailure } from './peer-failure.ts';
import type { Answer, Request } from './protocol.ts';

/** How to start a worker. */
export interface WorkerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables over those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A process that does tasks. */
export interface Worker {
  /** Rejects with PeerFailure: the worker's own, or one that says how the process ended or that time is up. */
  call(request: Request, limitMs: number): Promise<unknown>;
  /** False once the process has ended: it answers no more calls. */
  readonly alive: boolean;
  stop(): void;
}

const keptErrorLength = 4000;

/** The last line that says something, without the addresses of a stack. */
function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  return lines.at(-1)?.trim() ?? '';
}

export function startWorker({ command, args, environment }: WorkerCommand): Worker {
  const child: ChildProcess = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let errors = '';
  let ended: PeerFailure | undefined;
  let nextId = 0;
  let waiting: { readonly id: number; settle(answer: Answer | PeerFailure): void } | undefined;

  const end = (failure: PeerFailure) => {
    ended ??= failure;
    waiting?.settle(failure);
  };
  child.on('error', (error: NodeJS.ErrnoException) => {
    end(new PeerFailure(error.code === 'ENOENT' ? 'absent' : 'failed', `${command} does not start: ${error.message}`));
  });
  child.on('close', (code, signal) => {
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const words = lastWords(errors);
    end(new PeerFailure('failed', `its process ended with ${how}${words === '' ? '' : `: ${words}`}`));
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-keptErrorLength);
  });
  // A process that ends while it is written to; `close` tells why.
  child.stdin?.on('error', () => undefined);
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      // What a native library prints is no answer.
      if (!line.startsWith('{"id":')) return;
      const answer = JSON.parse(line) as Answer;
      if (answer.id === waiting?.id) waiting.settle(answer);
    });
  }

  return {
    get alive() {
      return ended === undefined;
    },
    call(request, limitMs) {
      if (ended !== undefined) return Promise.reject(ended);
      const id = nextId++;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          child.kill('SIGKILL');
          end(new PeerFailure('failed', `${request.method} took longer than ${limitMs / 1000} s`));
        }, limitMs);
        waiting = {
          id,
          settle(answer) {
            clearTimeout(timer);
            waiting = undefined;
            if (answer instanceof PeerFailure) reject(answer);
            else if ('failure' in answer) reject(new PeerFailure(answer.failure.status, answer.failure.reason));
            else resolve(answer.result);
          },
        };
        child.stdin?.write(`${JSON.stringify({ id, ...request })}\n`);
      });
    },
    stop() {
      ended ??= new PeerFailure('failed', 'it was stopped');
      child.stdin?.end();
      // One that hangs in a driver does not notice.
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      child.once('close', () => clearTimeout(timer));
    },
  };
}
