import type { Terminal } from '../terminal/terminal.ts';
import type { Progress } from './contract.ts';
import { createLiveProgress } from './live.ts';
import { createPlainProgress } from './plain.ts';

/** One block that is rewritten in place on a terminal, a line now and then elsewhere. */
export function createProgress({ err, live }: Terminal): Progress {
  return live ? createLiveProgress(err) : createPlainProgress(err);
}
