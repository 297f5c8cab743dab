import { addReference, dropoutReference, reluGradientReference, reluReference } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { evenValues } from '../random-values.ts';
import { exact, judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

export const elementwisePasses = ['relu', 'relu gradient', 'add', 'dropout'] as const;
type ElementwisePass = (typeof elementwisePasses)[number];

const u = 2 ** -23;
const flushed = 3 * 2 ** -126;
const [rate, random] = [0.5, { seed: 1, stream: 11, step: 3 }];

type Pair = Readonly<Record<'input' | 'other', Float32Array>>;

/** What comes out, and the roundings of a value, as the kernel tells. */
const expectations: Readonly<
  Record<ElementwisePass, { values(pair: Pair): Float64Array; roundings: number; bytes: number }>
> = {
  relu: { values: ({ input }) => reluReference(input), roundings: 0, bytes: 8 },
  'relu gradient': { values: ({ input, other }) => reluGradientReference(input, other), roundings: 0, bytes: 12 },
  add: { values: ({ input, other }) => addReference(input, other), roundings: 1, bytes: 12 },
  dropout: { values: ({ input }) => dropoutReference(input, rate, random), roundings: 2, bytes: 8 },
};

export function elementwiseCase(pass: ElementwisePass, count: number, context: BenchContext): BenchCase {
  const { values: expectedOf, roundings, bytes } = expectations[pass];
  return kernelCase(
    {
      kernel: 'elementwise',
      name: `${pass}, ${grouped(count)} values`,
      shape: { pass, count, ...(pass === 'dropout' && { rate, ...random }) },
      flop: count,
      bytes: bytes * count,
      inputs: (seed) => ({ input: evenValues(count, seed, 46), other: evenValues(count, seed, 47) }),
      judge(pair, values) {
        const expected = expectedOf(pair);
        const bound = roundings === 0 ? exact : (at: number) => roundings * u * Math.abs(expected[at]) + flushed;
        return judgeWithin('every value beside float64', values, [{ values: expected, bound }]);
      },
    },
    context,
  );
}

/** The activations of VGG19's first layers. */
export function elementwiseSuite(context: BenchContext): readonly BenchCase[] {
  const count = (context.hasGpu ? 256 : 32) * 32 * 32 * 64;
  return elementwisePasses.map((pass) => elementwiseCase(pass, count, context));
}
