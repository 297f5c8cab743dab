import { rankReference } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext, Judgement } from '../bench-case.ts';
import { tensorLibraries } from '../candidates.ts';
import { normalValues } from '../random-values.ts';
import { wrongLength } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

/**
 * Every row once, and the scores in order. Ours put equal scores in the order of their rows, which is the reference's
 * order; other libraries may put them in any.
 */
function judgeOrder(scores: Float32Array, values: Float32Array, isOurs: boolean): Judgement {
  if (values.length !== scores.length) return wrongLength(values.length, scores.length);
  const expected = rankReference(scores);
  const seen = new Uint8Array(scores.length);
  let wrong = 0;
  for (const [place, row] of values.entries()) {
    const right = isOurs ? row === expected[place] : scores[row] === scores[expected[place]] && seen[row] === 0;
    if (!right) wrong++;
    else seen[row] = 1;
  }
  return { what: 'places with a wrong row', error: wrong, bound: 0 };
}

export function rankCase(n: number, context: BenchContext): BenchCase {
  return kernelCase(
    {
      kernel: 'rank',
      name: `${grouped(n)} scores`,
      shape: { n },
      flop: 0,
      bytes: 8 * n,
      peers: [...tensorLibraries, 'numpy-cpu'],
      inputs: (seed) => ({ scores: normalValues(n, seed, 22) }),
      judge: ({ scores }, values, candidate) => judgeOrder(scores, values, candidate.startsWith('csx-')),
    },
    context,
  );
}

export function rankSuite(context: BenchContext): readonly BenchCase[] {
  return [20_000, 1_000_000].map((n) => rankCase(n, context));
}
