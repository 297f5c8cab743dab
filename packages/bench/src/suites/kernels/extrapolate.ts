import { createStream, permutation } from '@csx/core';
import { extrapolateReference, latentErrorBound, minorWeightErrorBounds } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { tensorLibraries } from '../candidates.ts';
import { evenValues } from '../random-values.ts';
import { judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

/** Of the method, equation (1). */
const placement = { gamma: -0.4, pMax: 0.5, pMin: 0.1, bias: 0.01 };

/** Pairs whose rows are all different: each is read once, and from memory. */
export function extrapolateCase(pairCount: number, d: number, context: BenchContext): BenchCase {
  const n = 2 * pairCount;
  return kernelCase(
    {
      kernel: 'extrapolate',
      name: `${grouped(pairCount)} pairs x ${d}, placed by the boundary`,
      shape: { n, d, pairCount, reading: 'boundary', ...placement },
      // The blend, and two distances to the boundary.
      flop: 3 * pairCount * d + 4 * pairCount * d,
      bytes: 12 * pairCount * d + 12 * pairCount,
      peers: tensorLibraries,
      inputs(seed) {
        const rows = permutation(n, createStream(seed, 'testData', 23));
        return {
          latents: evenValues(n * d, seed, 24),
          weights: evenValues(d, seed, 25),
          minorRows: rows.slice(0, pairCount),
          majorRows: rows.slice(pairCount),
        };
      },
      judge({ latents, weights, minorRows, majorRows }, values) {
        const { gamma, pMax, pMin, bias } = placement;
        const input = {
          latents: { data: latents, n, d },
          minorRows,
          majorRows,
          placement: { kind: 'asymmetric', gamma, pMax, reading: 'boundary' },
          pMin,
          boundary: { weights, bias },
        } as const;
        const expected = extrapolateReference(input);
        const weightErrors = minorWeightErrorBounds(input, expected.minorWeight);
        const latentBound = (at: number) => {
          const pair = Math.floor(at / d);
          const of = (rows: Uint32Array) => latents[rows[pair] * d + (at % d)];
          return latentErrorBound(of(minorRows), of(majorRows), expected.minorWeight[pair], weightErrors[pair]);
        };
        return judgeWithin('every new latent and its weight P beside float64', values, [
          { values: expected.latents.data, bound: latentBound },
          { values: expected.minorWeight, bound: (pair) => weightErrors[pair] },
        ]);
      },
    },
    context,
  );
}

export function extrapolateSuite(context: BenchContext): readonly BenchCase[] {
  // A binding of software Vulkan holds 65 536 rows of 512.
  const counts = context.hasGpu ? [1_000, 100_000] : [1_000, 32_768];
  return counts.map((pairCount) => extrapolateCase(pairCount, 512, context));
}
