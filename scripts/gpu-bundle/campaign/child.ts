import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { performance } from 'node:perf_hooks';

export interface ChildOutcome {
  /** null when a signal ended it. */
  readonly code: number | null;
  /** Whether it was told to stop, since time was up or the campaign itself was. */
  readonly stopped: boolean;
  readonly seconds: number;
  /** The end of what it wrote to stderr. */
  readonly lastLines: string;
  readonly stdout: string;
}

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: string;
  /** In ms since 1970. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** From SIGTERM to SIGKILL: time to end a training step and leave a checkpoint. */
const graceMs = 15_000;

/** Runs a program until it ends, time is up or the campaign is stopped; all it writes goes to the log. */
export async function runChild(options: ChildOptions): Promise<ChildOutcome> {
  const { command, args, directory, environment, log, deadline, signal } = options;
  const started = performance.now();
  const file = createWriteStream(log, { flags: 'a' });
  file.write(`\n$ ${[command, ...args].join(' ')}\n`);
  const child = spawn(command, [...args], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-1_000_000);
    file.write(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
    file.write(text);
  });
  let stopped = false;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    child.kill('SIGTERM');
    killTimer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  const timer = setTimeout(stop, Math.max(0, deadline - Date.now()));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let code: number | null = null;
  try {
    [code] = (await once(child, 'close')) as [number | null];
  } catch (error) {
    stderr += `${(error as Error).message}\n`;
  }
  clearTimeout(timer);
  clearTimeout(killTimer);
  signal.removeEventListener('abort', stop);
  file.end();
  await once(file, 'close');
  return {
    code,
    stopped,
    seconds: (performance.now() - started) / 1000,
    lastLines: stderr.trim().split('\n').slice(-6).join('\n'),
    stdout,
  };
}
