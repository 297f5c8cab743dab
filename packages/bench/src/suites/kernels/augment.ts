import { createStream } from '@csx/core';
import { augmentReference } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { evenValues } from '../random-values.ts';
import { exact, judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

const key = { seed: 1, purpose: 9, epoch: 3 };

/** Images mirrored and moved by up to `shift` pixels; every value is one of the table's. */
export function augmentCase(batch: number, size: number, shift: number, context: BenchContext): BenchCase {
  const image = { height: size, width: size, channels: 3 };
  const length = batch * size * size * 3;
  return kernelCase(
    {
      kernel: 'augment',
      name: `${grouped(batch)} images of ${size} x ${size} x 3, mirrored, moved by up to ${shift}`,
      shape: { batch, ...image, shift, ...key },
      flop: 0,
      bytes: 5 * length,
      inputs(seed) {
        const stream = createStream(seed, 'testData', 32);
        return {
          // Four bytes a word.
          pixels: Uint32Array.from({ length: Math.ceil(length / 4) }, stream.uint32),
          rows: Uint32Array.from({ length: batch }, (_, row) => 3 * row + 1),
          table: evenValues(3 * 256, seed, 33),
        };
      },
      judge({ pixels, rows, table }, values) {
        const bytes = new Uint8Array(pixels.buffer, 0, length);
        const expected = augmentReference({ pixels: bytes, ...image, rows, table, key, flip: true, shift });
        return judgeWithin('every value, which is exact', values, [{ values: expected, bound: exact }]);
      },
    },
    context,
  );
}

export function augmentSuite(context: BenchContext): readonly BenchCase[] {
  return [augmentCase(context.hasGpu ? 4096 : 256, 32, 4, context)];
}
