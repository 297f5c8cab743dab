import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createTerminal } from '../terminal/terminal.ts';
import { createLiveProgress, renderBlock } from './live.ts';
import { createPlainProgress } from './plain.ts';
import { createStageFollower } from './stages.ts';

function sink(columns = 80): { text: string; isTTY: boolean; columns: number; write(part: string): void } {
  return {
    text: '',
    isTTY: true,
    columns,
    write(part) {
      this.text += part;
    },
  };
}

describe('createStageFollower', () => {
  it('takes rate and time left from the last seconds, not from what a resumed run had done before', () => {
    const follower = createStageFollower();
    follower.event({ kind: 'stage', stage: 'backbone', message: 'm' }, 0);
    follower.event({ kind: 'progress', stage: 'backbone', done: 800, total: 1000, unit: 'images' }, 1000);
    const state = follower.event({ kind: 'progress', stage: 'backbone', done: 900, total: 1000, unit: 'images' }, 3000);
    expect(state?.progress).toMatchObject({ rate: 50, leftMs: 2000 });
  });

  it('knows no rate before the second count', () => {
    const follower = createStageFollower();
    const state = follower.event({ kind: 'progress', stage: 'arms', done: 1, total: 2, unit: 'arms' }, 10);
    expect(state?.progress).toMatchObject({ rate: 0, leftMs: undefined });
  });

  it('begins anew when counting does', () => {
    const follower = createStageFollower();
    follower.event({ kind: 'progress', stage: 'arms', done: 5, total: 10, unit: 'rounds' }, 0);
    const state = follower.event({ kind: 'progress', stage: 'arms', done: 1, total: 10, unit: 'rounds' }, 1000);
    expect(state?.progress).toMatchObject({ rate: 0, leftMs: undefined });
  });

  it('forgets a speed of half a minute ago', () => {
    const follower = createStageFollower();
    let state: ReturnType<typeof follower.event>;
    for (let second = 0; second <= 100; second++) {
      const done = second <= 50 ? second * 100 : 5000 + (second - 50) * 10;
      state = follower.event({ kind: 'progress', stage: 'arms', done, total: 10_000, unit: 'x' }, second * 1000);
    }
    expect(state?.progress?.rate).toBeCloseTo(10);
  });
});

describe('plain progress', () => {
  it('writes every stage and note, and at most a progress line in five seconds', () => {
    const err = sink();
    let now = 0;
    const progress = createPlainProgress(err, () => now);
    progress.event({ kind: 'note', message: 'latent work: CPU' });
    progress.event({ kind: 'stage', stage: 'backbone', message: 'training' });
    for (let i = 1; i <= 120; i++) {
      now += 100;
      progress.event({
        kind: 'progress',
        stage: 'backbone',
        done: i * 10,
        total: 1200,
        unit: 'images',
        detail: 'loss 0.5',
      });
    }
    progress.close(true);
    expect(err.text.split('\n')).toEqual([
      '[0.0 s] latent work: CPU',
      '[0.0 s] backbone: training',
      '[5.0 s] backbone: 500/1,200 images, 100/s, 7.0 s left, loss 0.5',
      '[10 s] backbone: 1,000/1,200 images, 100/s, 2.0 s left, loss 0.5',
      '',
    ]);
    expect(stripVTControlCharacters(err.text)).toBe(err.text);
  });
});

describe('live progress', () => {
  it('never writes a line longer than the terminal', () => {
    for (const columns of [40, 80, 120]) {
      const { err } = createTerminal(sink(), sink(columns), {});
      const lines = renderBlock(
        {
          stage: 'evaluation',
          message: 'a long message '.repeat(20),
          startedAt: 0,
          progress: {
            done: 123_456,
            total: 1_000_000,
            unit: 'images',
            detail: 'loss 0.123 '.repeat(9),
            rate: 12_345,
            leftMs: 7_200_000,
          },
        },
        4_000_000,
        3,
        err,
      );
      for (const line of lines) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
    }
  });

  it('leaves one line for each stage and shows the cursor again', () => {
    const stream = sink();
    const { err } = createTerminal(sink(), stream, {});
    const progress = createLiveProgress(err, () => 0);
    progress.event({ kind: 'stage', stage: 'data', message: 'reading' });
    progress.event({ kind: 'stage', stage: 'backbone', message: 'training' });
    progress.event({ kind: 'progress', stage: 'backbone', done: 1, total: 2, unit: 'epochs', detail: 'loss 0.5' });
    progress.close(true);
    const escapeCode = String.fromCharCode(27);
    expect(stream.text.startsWith(`${escapeCode}[?25l`)).toBe(true);
    expect(stream.text.endsWith(`${escapeCode}[?25h`)).toBe(true);
    const lines = stripVTControlCharacters(stream.text).split('\n');
    expect(lines.some((line) => line.endsWith('✓ data       reading  0.0 s'))).toBe(true);
    expect(lines.some((line) => line.endsWith('✓ backbone   training  loss 0.5  0.0 s'))).toBe(true);
  });
});
