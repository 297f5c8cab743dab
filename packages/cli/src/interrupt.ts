import process from 'node:process';
import { exitCodes } from './exit-code.ts';

/** The user ended the command by a signal; everything worth saying has been printed. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('interrupted');
    this.exitCode = exitCode;
  }
}

export interface Interruption {
  readonly signal: AbortSignal;
  /** 130 or 143 after a signal, undefined before. */
  exitCode(): number | undefined;
  /** Gives the signals back; after one has come it does nothing, since the process is about to end with its code. */
  dispose(): void;
}

/** npx and the terminal both deliver one Ctrl-C: what comes this soon after is the same one. */
const echoMs = 500;

/**
 * Turns the first SIGINT or SIGTERM into an abort, so that the work can end at a safe point.
 * A second one ends the process at once: checkpoints are whole at any moment.
 */
export function watchSignals(onFirst: (name: string) => void): Interruption {
  const controller = new AbortController();
  let code: number | undefined;
  let firstAt = 0;
  const handler = (name: NodeJS.Signals): void => {
    const own = name === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
    if (code !== undefined) {
      if (performance.now() - firstAt > echoMs) process.exit(own);
      return;
    }
    code = own;
    firstAt = performance.now();
    onFirst(name);
    controller.abort();
  };
  process.on('SIGINT', handler);
  process.on('SIGTERM', handler);
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose: () => {
      if (code !== undefined) return;
      process.off('SIGINT', handler);
      process.off('SIGTERM', handler);
    },
  };
}
