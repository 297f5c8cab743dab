import { columnSumsBound, columnSumsReference } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { evenValues } from '../random-values.ts';
import { judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

export function columnSumsCase(rows: number, columns: number, context: BenchContext): BenchCase {
  return kernelCase(
    {
      kernel: 'column-sums',
      name: `${grouped(rows)} x ${columns}`,
      shape: { rows, columns },
      flop: rows * columns,
      bytes: 4 * rows * columns,
      inputs: (seed) => ({ input: evenValues(rows * columns, seed, 42) }),
      judge({ input }, values) {
        const sums = columnSumsReference({ data: input, n: rows, d: columns });
        const absolute = columnSumsReference({ data: input.map(Math.abs), n: rows, d: columns });
        const bound = (at: number) => columnSumsBound(rows, absolute[at]);
        return judgeWithin('every sum beside float64', values, [{ values: sums, bound }]);
      },
    },
    context,
  );
}

/** A bias behind VGG19's first convolution. */
export function columnSumsSuite(context: BenchContext): readonly BenchCase[] {
  return [columnSumsCase((context.hasGpu ? 256 : 32) * 32 * 32, 64, context)];
}
