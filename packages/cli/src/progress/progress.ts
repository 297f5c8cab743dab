import type { Terminal } from '../terminal/terminal.ts';
import { createLiveProgress } from './live.ts';
import { createPlainProgress } from './plain.ts';
import type { DisplayEvent } from './stages.ts';

/** Shows how far a long piece of work is. */
export interface Progress {
  event(event: DisplayEvent): void;
  /** Ends the display; `completed` tells whether the stage that was running came to its end. */
  close(completed: boolean): void;
}

/** One block that is rewritten in place on a terminal, a line now and then elsewhere. */
export function createProgress({ err, live }: Terminal): Progress {
  return live ? createLiveProgress(err) : createPlainProgress(err);
}
