import { createStream, InvariantError, type LatentOps, type Matrix } from '@csx/core';
import type { BenchMachine, Suite } from './suite.ts';

const [n, m, d] = [1000, 1000, 128];

function randomLatents(rows: number, key: number): Matrix {
  const stream = createStream(0, 'testData', key);
  return { data: Float32Array.from({ length: rows * d }, () => stream.normal()), n: rows, d };
}

/** Each row's nearest of another set; an implementation that disagrees with the reference is not timed. */
export async function nearestSuite({ latentOps }: BenchMachine): Promise<Suite> {
  const [query, base] = [randomLatents(n, 0), randomLatents(m, 1)];
  const search = (ops: LatentOps) => ops.nearest(query, base, 1);
  const [reference] = latentOps;
  const expected = (await search(reference)).indices;
  for (const ops of latentOps) {
    const { indices } = await search(ops);
    if (indices.some((index, row) => index !== expected[row])) {
      throw new InvariantError(`bench: nearest on ${ops.description.name} differs from the reference`);
    }
  }
  return {
    name: 'nearest',
    shape: `${n} x ${m} x ${d}`,
    flop: 2 * n * m * d,
    candidates: latentOps.map((ops) => ({ name: ops.description.name, run: () => search(ops) })),
  };
}
