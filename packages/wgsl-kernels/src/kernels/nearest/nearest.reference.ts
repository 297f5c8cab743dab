import type { Matrix } from '../../matrix.ts';
import type { DistanceMetric } from '../distance-metric.ts';

/** The nearest rows of one or more queries. */
export interface Neighbors {
  /** [n, k] row-major: rows of the base, nearest first; equal distances in the order of the lower row. */
  readonly indices: Uint32Array;
  /** [n, k]: the float64 distances, rounded to f32. */
  readonly distances: Float32Array;
  /**
   * [n, k]: what the rows were ranked by, in float64: the squared distance for `squared-l2` and `l2`, the distance for
   * `cosine`. Neighbors from several parts of a base are merged by them.
   */
  readonly keys: Float64Array;
}

/** Room for the neighbors of n rows. */
export function createNeighbors(n: number, k: number): Neighbors {
  return { indices: new Uint32Array(n * k), distances: new Float32Array(n * k), keys: new Float64Array(n * k) };
}

/** Searches one base in float64; what it knows of the base is computed once. */
export interface NearestSearch {
  /** The k nearest of `count` query rows from `first` on, written at row `first` of `out`. */
  rows(query: Matrix, first: number, count: number, out: Neighbors): void;
  /** The k nearest of one query row among `candidates` (rows of the base) only. */
  among(query: Matrix, row: number, candidates: Iterable<number>, out: Neighbors): void;
}

const queryBlock = 8;
const columnBlock = 64;

/**
 * float64 ranking key of a pair, summed in index order: the squared distance for `squared-l2` and `l2` (the root would
 * make ties that are none), the distance itself for `cosine`.
 */
function key(a: ArrayLike<number>, aAt: number, b: ArrayLike<number>, bAt: number, d: number, cosine: boolean): number {
  if (!cosine) {
    let sum = 0;
    for (let j = 0; j < d; j++) {
      const difference = a[aAt + j] - b[bAt + j];
      sum += difference * difference;
    }
    return sum;
  }
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let j = 0; j < d; j++) {
    const x = a[aAt + j];
    const y = b[bAt + j];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return cosineDistance(dot, aa, bb);
}

/** 1 - cos from a.b, |a|^2 and |b|^2; 1 where a row is zero; not below 0 by rounding. */
export function cosineDistance(dot: number, aa: number, bb: number): number {
  return aa === 0 || bb === 0 ? 1 : Math.max(0, 1 - dot / (Math.sqrt(aa) * Math.sqrt(bb)));
}

function sumOfSquares(values: Float64Array, start: number, count: number): number {
  let sum = 0;
  for (let j = start; j < start + count; j++) sum += values[j] * values[j];
  return sum;
}

/** The k smallest keys of each query of a block, sorted; equal keys in the order they came. */
function createBest(k: number) {
  const keys = new Float64Array(queryBlock * k);
  const rows = new Uint32Array(queryBlock * k);
  return {
    keys,
    rows,
    clear: () => keys.fill(Number.POSITIVE_INFINITY),
    /** Puts a row in, which the caller knows to be better than the worst. */
    insert(query: number, value: number, row: number): void {
      const start = query * k;
      let at = start + k - 1;
      while (at > start && keys[at - 1] > value) {
        keys[at] = keys[at - 1];
        rows[at] = rows[at - 1];
        at--;
      }
      keys[at] = value;
      rows[at] = row;
    },
  };
}

/** Prepares the search of the `k` nearest rows of `base` under `metric`; k <= base.n. Inputs are not checked. */
export function createNearestSearch(base: Matrix, k: number, metric: DistanceMetric): NearestSearch {
  const { n: m, d } = base;
  const cosine = metric === 'cosine';
  const best = createBest(k);
  const block = new Float64Array(queryBlock * d);
  const blockSquares = new Float64Array(queryBlock);
  let wide: Float64Array | undefined;
  let baseSquares: Float64Array | undefined;

  const finish = (query: number, out: Neighbors, row: number) => {
    for (let at = 0; at < k; at++) {
      const value = best.keys[query * k + at];
      out.indices[row * k + at] = best.rows[query * k + at];
      out.keys[row * k + at] = value;
      out.distances[row * k + at] = metric === 'l2' ? Math.sqrt(value) : value;
    }
  };

  /** Four base rows at a time: the four sums do not wait for each other. Partial sums only grow, so a worse one stops. */
  const scanL2 = (b: Float64Array, count: number) => {
    for (let row = 0; row < m; row += 4) {
      const b0 = row * d;
      const b1 = Math.min(row + 1, m - 1) * d;
      const b2 = Math.min(row + 2, m - 1) * d;
      const b3 = Math.min(row + 3, m - 1) * d;
      for (let query = 0; query < count; query++) {
        const a = query * d;
        let worst = best.keys[query * k + k - 1];
        let s0 = 0;
        let s1 = 0;
        let s2 = 0;
        let s3 = 0;
        for (let j = 0; j < d; ) {
          for (const end = Math.min(j + columnBlock, d); j < end; j++) {
            const x = block[a + j];
            const d0 = x - b[b0 + j];
            const d1 = x - b[b1 + j];
            const d2 = x - b[b2 + j];
            const d3 = x - b[b3 + j];
            s0 += d0 * d0;
            s1 += d1 * d1;
            s2 += d2 * d2;
            s3 += d3 * d3;
          }
          if (s0 >= worst && s1 >= worst && s2 >= worst && s3 >= worst) break;
        }
        // A sum that was stopped is not better than the worst either.
        if (s0 < worst) {
          best.insert(query, s0, row);
          worst = best.keys[query * k + k - 1];
        }
        if (s1 < worst && row + 1 < m) {
          best.insert(query, s1, row + 1);
          worst = best.keys[query * k + k - 1];
        }
        if (s2 < worst && row + 2 < m) {
          best.insert(query, s2, row + 2);
          worst = best.keys[query * k + k - 1];
        }
        if (s3 < worst && row + 3 < m) best.insert(query, s3, row + 3);
      }
    }
  };

  const scanCosine = (b: Float64Array, squares: Float64Array, count: number) => {
    const offer = (query: number, dot: number, row: number) => {
      const value = cosineDistance(dot, blockSquares[query], squares[row]);
      if (value < best.keys[query * k + k - 1]) best.insert(query, value, row);
    };
    for (let query = 0; query < count; query++) blockSquares[query] = sumOfSquares(block, query * d, d);
    for (let row = 0; row < m; row += 4) {
      const b0 = row * d;
      const b1 = Math.min(row + 1, m - 1) * d;
      const b2 = Math.min(row + 2, m - 1) * d;
      const b3 = Math.min(row + 3, m - 1) * d;
      for (let query = 0; query < count; query++) {
        const a = query * d;
        let s0 = 0;
        let s1 = 0;
        let s2 = 0;
        let s3 = 0;
        for (let j = 0; j < d; j++) {
          const x = block[a + j];
          s0 += x * b[b0 + j];
          s1 += x * b[b1 + j];
          s2 += x * b[b2 + j];
          s3 += x * b[b3 + j];
        }
        offer(query, s0, row);
        if (row + 1 < m) offer(query, s1, row + 1);
        if (row + 2 < m) offer(query, s2, row + 2);
        if (row + 3 < m) offer(query, s3, row + 3);
      }
    }
  };

  const widen = () => {
    const b = new Float64Array(base.data);
    if (cosine) {
      baseSquares = new Float64Array(m);
      for (let row = 0; row < m; row++) baseSquares[row] = sumOfSquares(b, row * d, d);
    }
    return b;
  };

  return {
    rows(query, first, count, out) {
      wide ??= widen();
      for (let start = first; start < first + count; start += queryBlock) {
        const size = Math.min(queryBlock, first + count - start);
        block.set(query.data.subarray(start * d, (start + size) * d));
        best.clear();
        if (baseSquares) scanCosine(wide, baseSquares, size);
        else scanL2(wide, size);
        for (let at = 0; at < size; at++) finish(at, out, start + at);
      }
    },
    among(query, row, candidates, out) {
      best.clear();
      // In ascending order, since equal keys keep the order they come in.
      for (const candidate of Uint32Array.from(candidates).sort()) {
        const value = key(query.data, row * d, base.data, candidate * d, d, cosine);
        if (value < best.keys[k - 1]) best.insert(0, value, candidate);
      }
      finish(0, out, row);
    },
  };
}

/**
 * The k nearest rows of `base` for every row of `query`, in float64: what every implementation has to return.
 *
 * squared-l2: sum_j (a_j - b_j)^2; l2: its square root, ranked before the root is taken; cosine: 1 - a.b / (|a| |b|).
 * Sums run in index order over the f32 inputs; equal values go to the lowest base row. Inputs are not checked.
 */
export function nearestReference(query: Matrix, base: Matrix, k: number, metric: DistanceMetric): Neighbors {
  const out = createNeighbors(query.n, k);
  createNearestSearch(base, k, metric).rows(query, 0, query.n, out);
  return out;
}
