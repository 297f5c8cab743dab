import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const binaries = join(root, 'node_modules', '.bin');
/** The committed launcher, which imports the built program. */
export const launcher = join(root, 'packages', 'cli', 'bin', 'csx.mjs');

/** How csx can be started; each is the line of the README, with the binaries that npm brought. */
const commands = {
  node: [process.execPath, launcher],
  npx: ['npx', '--no-install', 'csx'],
  bunx: [join(binaries, 'bun'), 'x', 'csx'],
  bun: [join(binaries, 'bun'), 'x', '--bun', 'csx'],
  deno: [join(binaries, 'deno'), 'run', '-A', launcher],
} as const;
export type Runtime = keyof typeof commands;

export interface Options {
  readonly runtime?: Runtime;
  /** Working directory; a fresh one by default. */
  readonly directory?: string;
  /** Set (or, with undefined, unset) over the test's own environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A shell line around the command, which is put where `{}` stands. */
  readonly shell?: string;
  /** Called with each part of stderr as it comes. */
  readonly onStderr?: (text: string, child: Child) => void;
}

export interface Child {
  kill(signal: NodeJS.Signals): void;
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const temporaryDirectories: string[] = [];
afterAll(() => {
  for (const directory of temporaryDirectories) rmSync(directory, { recursive: true, force: true });
});

/** A fresh directory, removed when the tests of the file have ended. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'csx-cli-'));
  temporaryDirectories.push(directory);
  return directory;
}

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** Runs csx in a child process, to its end. */
export function csx(words: readonly string[], options: Options = {}): Promise<Outcome> {
  const { runtime = 'node', environment = {}, shell, onStderr } = options;
  // npx and bun find the workspace's csx from inside the repository.
  const directory = options.directory ?? (runtime === 'node' || runtime === 'deno' ? temporaryDirectory() : root);
  const command = [...commands[runtime], ...words];
  const [file, ...rest] =
    shell === undefined ? command : ['sh', '-c', shell.replace('{}', command.map(quote).join(' '))];
  // The test's own runner sets variables that change what csx prints.
  const inherited = { ...process.env, CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined, TEST: undefined };
  const child = spawn(file, rest, {
    cwd: directory,
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: a signal meant for it reaches what a shell or npx started, too.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr?.(text, {
      kill: (signal) => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, signal);
        } catch (error) {
          // It has ended by itself in the meantime.
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
        }
      },
    });
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
