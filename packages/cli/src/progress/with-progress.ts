import { Interrupted, watchSignals } from '../interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Progress } from './contract.ts';
import { createProgress } from './progress.ts';

/** What a piece of work shows of itself, and what tells it to stop. */
export interface ShownWork {
  readonly event: Progress['event'];
  readonly signal: AbortSignal;
}

/** Does work that shows how far it is, and ends on SIGINT and SIGTERM: for work that writes nothing before it is done. */
export async function withProgress<T>(terminal: Terminal, work: (shown: ShownWork) => Promise<T>): Promise<T> {
  const display = createProgress(terminal);
  const interruption = watchSignals((name) => display.event({ kind: 'note', message: `${name}: stopping` }));
  let completed = false;
  try {
    const done = await work({ event: (event) => display.event(event), signal: interruption.signal });
    completed = true;
    return done;
  } catch (error) {
    const code = interruption.exitCode();
    if (code === undefined) throw error;
    display.event({ kind: 'note', message: 'interrupted; nothing was written' });
    throw new Interrupted(code);
  } finally {
    display.close(completed);
    interruption.dispose();
  }
}
