import { createNearestSearch, createNeighbors, type Matrix } from '@csx/wgsl-kernels';
import type { Judgement } from './bench-case.ts';
import type { CandidateName } from './candidates.ts';

export interface NearestData {
  readonly query: Matrix;
  readonly base: Matrix;
}

/** Queries whose nearest row is searched by brute force in float64, spread over all of them. */
const sampledQueries = 16;

/**
 * Our own implementations give the same indices everywhere: none may differ from the reference's, nor from a brute
 * force in float64 on some queries (the reference of a large case is one of ours).
 */
function judgeOwn({ query, base }: NearestData, values: Float32Array, reference: Float32Array): Judgement {
  let error = reference.reduce((count, index, row) => count + (values[row] === index ? 0 : 1), 0);
  const exact = createNearestSearch(base, 1, 'squared-l2');
  const out = createNeighbors(query.n, 1);
  for (let at = 0; at < Math.min(sampledQueries, query.n); at++) {
    const row = Math.floor((at * query.n) / Math.min(sampledQueries, query.n));
    exact.rows(query, row, 1, out);
    if (values[row] !== out.indices[row]) error++;
  }
  return { what: 'indices that differ from the reference or from sampled float64 searches', error, bound: 0 };
}

const sumOver = (d: number, value: (j: number) => number) => {
  let sum = 0;
  for (let j = 0; j < d; j++) sum += value(j);
  return sum;
};

/**
 * Other libraries rank by |a|^2 + |b|^2 - 2 a.b in f32, in any order: each distance is off by at most (2 d + 8) u
 * (|a|^2 + |b|^2), u = 2^-24, and a root that is taken of it adds 8 u. So the row they take is further away than the
 * nearest by at most 1.01 (2 d + 16) u (2 |a|^2 + |b1|^2 + |b2|^2).
 */
function judgePeer({ query, base }: NearestData, values: Float32Array, reference: Float32Array): Judgement {
  const { d } = query;
  const bound = 1.01 * (2 * d + 16) * 2 ** -24;
  let error = values.length === query.n ? 0 : Number.POSITIVE_INFINITY;
  values.forEach((index, row) => {
    if (index === reference[row]) return;
    if (!(Number.isInteger(index) && index >= 0 && index < base.n)) {
      error = Number.POSITIVE_INFINITY;
      return;
    }
    const [a, b1, b2] = [row * d, index * d, reference[row] * d];
    const distance = (b: number) => sumOver(d, (j) => (query.data[a + j] - base.data[b + j]) ** 2);
    const scale = sumOver(d, (j) => 2 * query.data[a + j] ** 2 + base.data[b1 + j] ** 2 + base.data[b2 + j] ** 2);
    error = Math.max(error, (distance(b1) - distance(b2)) / scale);
  });
  return { what: 'how much further away the chosen rows are, as a share of squared lengths: f32 sums', error, bound };
}

/** `reference` holds the nearest rows. */
export function judgeNearest(
  data: NearestData,
  values: Float32Array,
  reference: Float32Array,
  candidate: CandidateName,
): Judgement {
  const judge = candidate.startsWith('csx-') ? judgeOwn : judgePeer;
  return judge(data, values, reference);
}
