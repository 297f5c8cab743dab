import type { Channel } from '../terminal/terminal.ts';
import { formatDuration, formatNumber } from '../terminal/text.ts';
import type { Progress } from './contract.ts';
import { createStageFollower } from './stages.ts';

/** At most one progress line in this time: a log file should stay readable. */
const everyMs = 5000;

/** Lines that are never rewritten, for log files and pipes. */
export function createPlainProgress(
  err: Pick<Channel, 'write'>,
  clock: () => number = () => performance.now(),
): Progress {
  const follower = createStageFollower();
  const begin = clock();
  let lastLineAt = Number.NEGATIVE_INFINITY;
  const line = (text: string): void => err.write(`[${formatDuration(clock() - begin)}] ${text}\n`);
  return {
    event(event) {
      const now = clock();
      const state = follower.event(event, now);
      if (event.kind === 'note') line(event.message);
      else if (event.kind === 'stage') {
        line(`${event.stage}: ${event.message}`);
        lastLineAt = now;
      } else if (state?.progress !== undefined && now - lastLineAt >= everyMs) {
        const { done, total, unit, detail, rate, leftMs } = state.progress;
        const parts = [`${formatNumber(done)}/${formatNumber(total)} ${unit}`];
        if (rate > 0) parts.push(`${formatNumber(rate)}/s`);
        if (leftMs !== undefined && done < total) parts.push(`${formatDuration(leftMs)} left`);
        if (detail !== '') parts.push(detail);
        line(`${event.stage}: ${parts.join(', ')}`);
        lastLineAt = now;
      }
    },
    close() {
      // Every line is complete when it is written.
    },
  };
}
