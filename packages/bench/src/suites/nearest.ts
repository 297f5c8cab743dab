import type { NearestTask } from '../worker/protocol.ts';
import { writeArray } from '../worker/task-files.ts';
import type { BenchCase, BenchContext } from './bench-case.ts';
import { type CandidateName, tensorLibraries } from './candidates.ts';
import { judgeNearest, type NearestData } from './judge-nearest.ts';
import { normalValues } from './random-values.ts';

/** Multiplications up to which the float64 reference is a candidate: it does about 1e9 a second. */
const mostReferenceWork = 1e9;

const peers: readonly CandidateName[] = [...tensorLibraries, 'faiss-cpu', 'sklearn-cpu'];

export function nearestCase(n: number, m: number, d: number, context: BenchContext): BenchCase {
  const hasReference = n * m * d <= mostReferenceWork;
  const own: readonly CandidateName[] = hasReference ? ['csx-gpu', 'csx-cpu', 'csx-reference'] : ['csx-gpu', 'csx-cpu'];
  return {
    suite: 'nearest',
    name: `${n} x ${m} x ${d}`,
    what: 'the nearest of m rows for each of n; the rows and the indices lie where the work is done',
    shape: { n, m, d, k: 1 },
    flop: 2 * n * m * d,
    bytes: 4 * d * (n + m) + 8 * n,
    candidates: [...own, ...peers],
    baseline: 'csx-cpu',
    reference: hasReference ? 'csx-reference' : 'csx-cpu',
    async prepare(folder) {
      const { seed, adapter, threads } = context;
      const data: NearestData = {
        query: { data: normalValues(n * d, seed, 6), n, d },
        base: { data: normalValues(m * d, seed, 7), n: m, d },
      };
      await writeArray(folder, 'query.f32', data.query.data);
      await writeArray(folder, 'base.f32', data.base.data);
      const task: NearestTask = { kind: 'nearest', folder, adapter, threads, n, m, d };
      return { task, judge: (values, reference, candidate) => judgeNearest(data, values, reference, candidate) };
    },
  };
}

/** Each row's nearest of another set: a small search, and the one that libraries are compared by. */
export function nearestSuite(context: BenchContext): readonly BenchCase[] {
  return [nearestCase(1000, 1000, 128, context), nearestCase(10_000, 10_000, 512, context)];
}
