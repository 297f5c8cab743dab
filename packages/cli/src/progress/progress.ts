import type { RunEvent } from '@csx/core';
import type { Terminal } from '../terminal/terminal.ts';
import { createLiveProgress } from './live.ts';
import { createPlainProgress } from './plain.ts';

/** Shows a run's events while it works. */
export interface Progress {
  event(event: RunEvent): void;
  /** Ends the display; `completed` tells whether the stage that was running came to its end. */
  close(completed: boolean): void;
}

/** One block that is rewritten in place on a terminal, a line now and then elsewhere. */
export function createProgress({ err, live }: Terminal): Progress {
  return live ? createLiveProgress(err) : createPlainProgress(err);
}
