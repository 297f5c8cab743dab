import type { NearestTask } from '../worker/protocol.ts';
import { writeArray } from '../worker/task-files.ts';
import type { BenchCase, BenchContext, Judgement } from './bench-case.ts';
import { normalValues } from './random-values.ts';

/** Every adapter gives the same indices: none may differ. */
function judgeIndices(values: Float32Array, reference: Float32Array): Judgement {
  const different = reference.reduce((count, index, row) => count + (values[row] === index ? 0 : 1), 0);
  return { what: 'indices that differ from the float64 reference', error: different, bound: 0 };
}

export function nearestCase(n: number, m: number, d: number, context: BenchContext): BenchCase {
  return {
    suite: 'nearest',
    name: `${n} x ${m} x ${d}`,
    what: 'the nearest of m rows for each of n, from host memory to indices in host memory',
    shape: { n, m, d, k: 1 },
    flop: 2 * n * m * d,
    bytes: 4 * d * (n + m) + 8 * n,
    candidates: ['csx-gpu', 'csx-reference'],
    baseline: 'csx-reference',
    reference: 'csx-reference',
    async prepare(folder) {
      const { seed, adapter, threads } = context;
      await writeArray(folder, 'query.f32', normalValues(n * d, seed, 6));
      await writeArray(folder, 'base.f32', normalValues(m * d, seed, 7));
      const task: NearestTask = { kind: 'nearest', folder, adapter, threads, n, m, d };
      return { task, judge: judgeIndices };
    },
  };
}

/** Each row's nearest of another set. */
export function nearestSuite(context: BenchContext): readonly BenchCase[] {
  return [nearestCase(1000, 1000, 128, context)];
}
