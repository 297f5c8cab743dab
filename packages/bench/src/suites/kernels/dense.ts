import type { BenchCase, BenchContext } from '../bench-case.ts';
import { tensorLibraries } from '../candidates.ts';
import { evenValues } from '../random-values.ts';
import { randomWalkBound } from '../random-walk-bound.ts';
import { judgeDrawn } from './judge.ts';
import { kernelCase } from './kernel-case.ts';

export const densePasses = ['forward', 'input gradient', 'filter gradient'] as const;
type DensePass = (typeof densePasses)[number];

interface DenseSizes {
  readonly rows: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

type DenseInputs = Readonly<Record<'input' | 'filter' | 'outputGradient', Float32Array>>;

/** One element in float64: a sum of products, and that of their absolute values. */
function exactElement(
  pass: DensePass,
  { rows, inFeatures, outFeatures }: DenseSizes,
  { input, filter, outputGradient }: DenseInputs,
  at: number,
) {
  const width = pass === 'input gradient' ? inFeatures : outFeatures;
  const [row, column] = [Math.floor(at / width), at % width];
  const [count, a, b] = {
    forward: [inFeatures, (k: number) => input[row * inFeatures + k], (k: number) => filter[k * outFeatures + column]],
    'input gradient': [
      outFeatures,
      (k: number) => outputGradient[row * outFeatures + k],
      (k: number) => filter[column * outFeatures + k],
    ],
    'filter gradient': [
      rows,
      (k: number) => input[k * inFeatures + row],
      (k: number) => outputGradient[k * outFeatures + column],
    ],
  }[pass] as [number, (k: number) => number, (k: number) => number];
  let [value, magnitude] = [0, 0];
  for (let k = 0; k < count; k++) {
    value += a(k) * b(k);
    magnitude += Math.abs(a(k) * b(k));
  }
  return { value, bound: randomWalkBound(count, magnitude) };
}

export function denseCase(pass: DensePass, sizes: DenseSizes, context: BenchContext): BenchCase {
  const { rows, inFeatures, outFeatures } = sizes;
  const lengths = { input: rows * inFeatures, filter: inFeatures * outFeatures, output: rows * outFeatures };
  const length = { forward: lengths.output, 'input gradient': lengths.input, 'filter gradient': lengths.filter }[pass];
  return kernelCase(
    {
      kernel: 'dense',
      name: `${pass}, ${rows} x ${inFeatures} to ${outFeatures}`,
      shape: { pass, ...sizes },
      flop: 2 * rows * inFeatures * outFeatures,
      bytes: 4 * (lengths.input + lengths.filter + lengths.output),
      peers: tensorLibraries,
      inputs: (seed) => ({
        input: evenValues(lengths.input, seed, 43),
        filter: evenValues(lengths.filter, seed, 44),
        outputGradient: evenValues(lengths.output, seed, 45),
      }),
      judge: (inputs, values) =>
        judgeDrawn('the elements beside float64 (8 sqrt(K + 1) 2^-23 sum |a b|)', values, length, context.seed, (at) =>
          exactElement(pass, sizes, inputs, at),
        ),
    },
    context,
  );
}

/** The classifier of the paper's network, and a square product. */
export function denseSuite(context: BenchContext): readonly BenchCase[] {
  const side = context.hasGpu ? 4096 : 512;
  const sizes = [
    { rows: 256, inFeatures: 512, outFeatures: 10 },
    { rows: side, inFeatures: side, outFeatures: side },
  ];
  return sizes.flatMap((size) => densePasses.map((pass) => denseCase(pass, size, context)));
}
