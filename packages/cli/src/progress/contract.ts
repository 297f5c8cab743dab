import type { DisplayEvent } from './stages.ts';

/** Shows how far a long piece of work is. */
export interface Progress {
  event(event: DisplayEvent): void;
  /** Ends the display; `completed` tells whether the stage that was running came to its end. */
  close(completed: boolean): void;
}
