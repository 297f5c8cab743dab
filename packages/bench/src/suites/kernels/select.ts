import { selectReference } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext, Judgement } from '../bench-case.ts';
import { type CandidateName, tensorLibraries } from '../candidates.ts';
import { normalValues } from '../random-values.ts';
import { wrongLength } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

// jax-js has no selection of the largest.
const peers: readonly CandidateName[] = [...tensorLibraries.filter((name) => name !== 'jax-js'), 'numpy-cpu'];

/**
 * Ours give the reference's rows, ascending. Other libraries give them in any order, and of rows with the cut's own score
 * any as many as are needed.
 */
function judgeRows(scores: Float32Array, count: number, values: Float32Array, isOurs: boolean): Judgement {
  if (values.length !== count) return wrongLength(values.length, count);
  const expected = selectReference(scores, count, 'bottom');
  const cut = expected.reduce((largest, row) => Math.max(largest, scores[row]), -Infinity);
  const seen = new Uint8Array(scores.length);
  const below = expected.reduce((sum, row) => sum + (scores[row] < cut ? 1 : 0), 0);
  let [wrong, found] = [0, 0];
  for (const [place, row] of values.entries()) {
    const right = isOurs ? row === expected[place] : scores[row] <= cut && seen[row] === 0;
    if (!right) wrong++;
    else seen[row] = 1;
    if (right && scores[row] < cut) found++;
  }
  return { what: 'rows that are wrong or missing', error: wrong + below - found, bound: 0 };
}

/** The lowest 30 % of the scores. */
export function selectCase(n: number, context: BenchContext): BenchCase {
  const count = Math.round(0.3 * n);
  return kernelCase(
    {
      kernel: 'select',
      name: `30 % of ${grouped(n)} scores`,
      shape: { n, count, side: 'bottom' },
      flop: 0,
      bytes: 16 * n,
      peers,
      inputs: (seed) => ({ scores: normalValues(n, seed, 62) }),
      judge: ({ scores }, values, candidate) => judgeRows(scores, count, values, candidate.startsWith('csx-')),
    },
    context,
  );
}

export function selectSuite(context: BenchContext): readonly BenchCase[] {
  const counts = context.hasGpu ? [20_000, 1_000_000, 10_000_000] : [20_000, 1_000_000];
  return counts.map((n) => selectCase(n, context));
}
