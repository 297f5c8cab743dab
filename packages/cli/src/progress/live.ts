import process from 'node:process';
import type { Channel } from '../terminal/terminal.ts';
import { clip, formatDuration, formatNumber } from '../terminal/text.ts';
import type { Progress } from './contract.ts';
import { createStageFollower, type StageState } from './stages.ts';

const escapeCode = String.fromCharCode(27);
const clearLine = `\r${escapeCode}[2K`;
const lineUp = `${escapeCode}[1A`;
const hideCursor = `${escapeCode}[?25l`;
const showCursor = `${escapeCode}[?25h`;
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 120;
const stageWidth = 11;

/** A bar of `width` characters. */
export function bar(share: number, width: number): { filled: string; empty: string } {
  const filled = Math.max(0, Math.min(width, Math.round(share * width)));
  return { filled: '━'.repeat(filled), empty: '━'.repeat(width - filled) };
}

/** The lines of the block that is rewritten: what is going on, and how far it is. */
export function renderBlock(
  state: StageState,
  now: number,
  frame: number,
  { paint, columns }: Pick<Channel, 'paint' | 'columns'>,
): string[] {
  const mark = paint.cyan(spinner[frame % spinner.length]);
  const elapsed = formatDuration(now - state.startedAt);
  const head = clip(state.message, Math.max(10, columns - stageWidth - elapsed.length - 6));
  const lines = [`${mark} ${paint.bold(state.stage.padEnd(stageWidth))}${head}  ${paint.dim(elapsed)}`];
  const { progress } = state;
  if (progress === undefined) return lines;
  const { done, total, unit, detail, rate, leftMs } = progress;
  const share = total > 0 ? done / total : 0;
  const barWidth = Math.max(8, Math.min(28, columns - 60));
  const { filled, empty } = bar(share, barWidth);
  const facts = [`${formatNumber(done)}/${formatNumber(total)} ${unit}`];
  if (rate > 0) facts.push(`${formatNumber(rate)}/s`);
  if (detail !== '') facts.push(detail);
  if (leftMs !== undefined && done < total) facts.push(`${formatDuration(leftMs)} left`);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const room = Math.max(0, columns - stageWidth - barWidth - percent.length - 6);
  lines.push(
    `  ${' '.repeat(stageWidth)}${paint.cyan(filled)}${paint.dim(empty)}${percent}  ${clip(facts.join('  '), room)}`,
  );
  return lines;
}

/** A finished stage stays as one line, the running one is a block that is rewritten in place. */
export function createLiveProgress(err: Channel, clock: () => number = () => performance.now()): Progress {
  const follower = createStageFollower();
  const { paint } = err;
  let state: StageState | undefined;
  let shownLines = 0;
  let frame = 0;

  const erase = (): string => {
    const text = shownLines === 0 ? '' : clearLine + `${lineUp}${clearLine}`.repeat(shownLines - 1);
    shownLines = 0;
    return text;
  };
  const block = (): string => {
    if (state === undefined) return '';
    const lines = renderBlock(state, clock(), frame, err);
    shownLines = lines.length;
    return lines.join('\n');
  };
  const finished = (completed: boolean): string => {
    if (state === undefined) return '';
    const { stage, message, startedAt, progress } = state;
    const facts = progress === undefined || progress.detail === '' ? '' : `  ${progress.detail}`;
    const elapsed = formatDuration(clock() - startedAt);
    const text = clip(`${message}${facts}`, Math.max(10, err.columns - stageWidth - elapsed.length - 6));
    const mark = completed ? paint.green('✓') : paint.yellow('■');
    return `${mark} ${stage.padEnd(stageWidth)}${text}  ${paint.dim(elapsed)}\n`;
  };
  const draw = (): void => err.write(erase() + block());

  // A second Ctrl-C, or a defect, ends the process without close().
  const restore = (): void => err.write(showCursor);
  process.once('exit', restore);
  err.write(hideCursor);
  const timer = setInterval(() => {
    frame++;
    draw();
  }, frameMs);
  timer.unref();

  return {
    event(event) {
      if (event.kind === 'note') {
        err.write(`${erase()}${paint.dim('·')} ${event.message}\n${block()}`);
        return;
      }
      const before = state;
      const text = event.kind === 'stage' && before !== undefined ? erase() + finished(true) : '';
      state = follower.event(event, clock());
      if (event.kind === 'stage') err.write(`${text}${erase()}${block()}`);
    },
    close(completed) {
      clearInterval(timer);
      process.off('exit', restore);
      // What follows on stdout starts apart from it.
      err.write(`${erase()}${finished(completed)}\n${showCursor}`);
      state = undefined;
    },
  };
}
