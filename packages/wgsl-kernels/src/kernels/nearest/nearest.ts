import { InvalidInputError, InvalidOptionError, InvariantError, NumericError } from '../../errors.ts';
import type { Matrix } from '../../matrix.ts';
import type { Session } from '../../session/session.ts';
import type { Step } from '../../session/step.ts';
import type { StorageType } from '../../wgsl/stored.wgsl.ts';
import { checkFinite, checkSameWidth, checkShape } from '../check-matrix.ts';
import { checkNoUnknown } from '../check-sizes.ts';
import { checkMetric, type DistanceMetric } from '../distance-metric.ts';
import { matrixBuffer } from '../matrix-buffer.ts';
import { checkProductVariant, defaultProductVariant, type ProductVariant } from '../matrix-product/product-variants.ts';
import { requireHalfStorage } from '../operand-storage.ts';
import { scaleRowsForCosine } from '../scale-rows.ts';
import { encodeNearest, type NearestIo } from './nearest.encode.ts';
import { type NearestPlan, type NearestShape, planNearest } from './nearest.plan.ts';
import { createNearestSearch, createNeighbors, type Neighbors } from './nearest.reference.ts';
import { nearestShapeClass } from './nearest.shape-class.ts';

export interface NearestOptions {
  /** How the GPU finds the candidates: unless told, as the session's choice or the adapter has it. The results are the same. */
  readonly variant?: ProductVariant | undefined;
  /**
   * How pass 1 reads rows; f32 unless told. f16 (with the feature shader-f16) halves what it reads, and sums in f32. As it is
   * less certain of what it leaves out, it keeps k + 7 candidates, not k + 3. The results are the same.
   */
  readonly filter?: StorageType | undefined;
}

export interface NearestInput {
  /** [n, d]: rows to find neighbors for. */
  readonly query: Matrix;
  /** [m, d]: rows to find them in. */
  readonly base: Matrix;
  /** How many neighbors of each row: 1 to 32, at most m. */
  readonly k: number;
  readonly metric: DistanceMetric;
}

export interface NearestOutput extends Neighbors {
  /**
   * Queries whose neighbors the GPU could not make certain of, so that the host searched in float64: among the
   * candidates where only their order is in doubt, else in the whole base. Of 4000 normally distributed rows for as many:
   * 2 at d = 64 and 36 at d = 512 for k = 1, 568 for k = 6, all of them among the candidates; all rows where many are equal.
   */
  readonly recomputedCount: number;
}

/** Pipelines and sizes for one shape. */
export interface PreparedNearest {
  /** Rows that `NearestIo.candidates` holds for each query. */
  readonly candidateCount: number;
  /** Records the passes on buffers of the caller. */
  encode(step: Step, io: NearestIo): void;
}

/**
 * The k nearest rows of a base for every query row, without the n x m matrix of distances.
 *
 * squared-l2: sum_j (a_j - b_j)^2; l2: its square root; cosine: 1 - a.b / (|a| |b|), 1 where a row is zero.
 *
 * `run`: query [n, d], base [m, d], any unit; n = 0 gives empty results, m must be at least k. Deterministic: `indices`
 * are those of `nearestReference` on every adapter, and `distances` its float64 values rounded to f32: the GPU finds the
 * rows and certifies each against the error bound of nearest.bounds.ts, the host searches again where that fails
 * (duplicates, ties) and computes the distances of the rows found. Sums run in index order over the f32 inputs; equal
 * distances go to the lowest base row; `l2` ranks by the squared distance. Variants differ in speed alone: an option forces
 * one. There is none for subgroup matrices.
 *
 * Throws InvalidInputError (shapes, k, a row with NaN or infinity: it is named), InvalidOptionError (metric, variant, filter),
 * NumericError (a distance beyond f32), LimitExceededError, and the session's errors.
 *
 * Source: the expansion |a - b|^2 = |a|^2 + |b|^2 - 2 a.b as in FAISS (Johnson, Douze, Jegou, "Billion-scale similarity
 * search with GPUs", 2017); certification after Higham, "Accuracy and Stability of Numerical Algorithms", 2002.
 */
export interface Nearest {
  prepare(shape: NearestShape): Promise<PreparedNearest>;
  run(input: NearestInput): Promise<NearestOutput>;
}

const kernel = 'nearest';
const maxK = 32;

function checkK(k: number, m: number): void {
  if (!Number.isInteger(k) || k < 1 || k > maxK) {
    throw new InvalidInputError(`${kernel}: k is ${k}, expected a whole number from 1 to ${maxK}`);
  }
  if (k > m) throw new InvalidInputError(`${kernel}: k is ${k}, but base has only ${m} rows`);
}

const mostCenterRows = 4096;

/** Column means of some thousand rows at equal distances, summed in float64: any point near the middle will do. */
function centerRow({ data, n, d }: Matrix): Float32Array {
  const stride = Math.ceil(n / mostCenterRows);
  const sums = new Float64Array(d);
  for (let row = 0; row < n; row += stride) {
    const at = row * d;
    for (let j = 0; j < d; j++) sums[j] += data[at + j];
  }
  const count = Math.ceil(n / stride);
  return Float32Array.from(sums, (sum) => sum / count);
}

/** What the GPU found, made certain. */
function settle(
  input: NearestInput,
  plan: NearestPlan,
  found: Uint32Array,
  states: Uint32Array,
  candidates: Uint32Array,
): NearestOutput {
  const { query, base, k, metric } = input;
  const out = createNeighbors(query.n, k);
  const search = createNearestSearch(base, k, metric);
  let recomputedCount = 0;
  for (let row = 0; row < query.n; row++) {
    const state = states[row];
    if (state === 0) {
      const certified = found.subarray(row * k, (row + 1) * k);
      search.among(query, row, certified, out);
      if (certified.some((index, at) => index !== out.indices[row * k + at])) {
        throw new InvariantError(`${kernel}: query ${row} was certified in an order that float64 does not confirm`, {
          hint: 'The driver computes less accurately than WGSL demands: use the CPU, and report the adapter.',
        });
      }
      continue;
    }
    recomputedCount++;
    if (state === 1) {
      const own = candidates.subarray(row * plan.terms.candidates, (row + 1) * plan.terms.candidates);
      search.among(
        query,
        row,
        own.filter((index) => index < base.n),
        out,
      );
    } else search.rows(query, row, 1, out);
  }
  const overflow = out.distances.findIndex((distance) => !Number.isFinite(distance));
  if (overflow >= 0) {
    throw new NumericError(
      `${kernel}: the ${metric} distance of query ${Math.floor(overflow / k)} and base row ${out.indices[overflow]} exceeds f32`,
      {
        hint: 'Scale the rows down.',
      },
    );
  }
  return { ...out, recomputedCount };
}

/** Makes the kernel; pipelines are compiled at the first use of a shape. */
export function createNearest(session: Session, options: NearestOptions = {}): Nearest {
  const { variant, filter = 'f32', ...unknown } = options;
  checkNoUnknown(kernel, unknown);
  if (variant !== undefined) checkProductVariant(kernel, session, variant);
  if (filter !== 'f32' && filter !== 'f16') {
    throw new InvalidOptionError(`${kernel}: filter is ${String(filter)}, expected f32 or f16`);
  }
  if (filter === 'f16') requireHalfStorage(kernel, session.device);
  const planFor = (shape: NearestShape): Promise<NearestPlan> => {
    const chosen = variant ?? session.variantChoice(kernel, nearestShapeClass(shape)) ?? defaultProductVariant(session);
    checkProductVariant(kernel, session, chosen);
    return planNearest(session, shape, chosen, filter);
  };
  const record = (plan: NearestPlan, step: Step, io: NearestIo) =>
    encodeNearest(plan, step, io, session.maxBindingBytes);
  return {
    async prepare(shape) {
      checkMetric(kernel, shape.metric);
      checkK(shape.k, shape.m);
      const plan = await planFor(shape);
      return { candidateCount: plan.terms.candidates, encode: (step, io) => record(plan, step, io) };
    },
    async run(input) {
      const { query, base, k, metric } = input;
      checkMetric(kernel, metric);
      checkShape(kernel, 'query', query);
      checkShape(kernel, 'base', base);
      checkSameWidth(kernel, 'query', query, 'base', base);
      checkK(k, base.n);
      checkFinite(kernel, 'query', query);
      checkFinite(kernel, 'base', base);
      const { n, d } = query;
      if (n === 0) return { ...createNeighbors(0, k), recomputedCount: 0 };
      const plan = await planFor({ n, m: base.n, d, k, metric });
      const cosine = metric === 'cosine';
      const gpuQuery = cosine ? scaleRowsForCosine(query) : query;
      const gpuBase = cosine ? scaleRowsForCosine(base) : base;
      const results = await session.submit(kernel, (step) => {
        const io: NearestIo = {
          query: matrixBuffer(session, step, gpuQuery, 'nearest: query'),
          base: matrixBuffer(session, step, gpuBase, 'nearest: base'),
          center: step.upload(cosine ? new Float32Array(d) : centerRow(base), 'nearest: center'),
          indices: step.temporary(n * k * 4, 'nearest: indices'),
          distances: step.temporary(n * k * 4, 'nearest: distances'),
          states: step.temporary(n * 4, 'nearest: states'),
          candidates: step.temporary(n * plan.terms.candidates * 4, 'nearest: candidates'),
        };
        record(plan, step, io);
        return [
          { buffer: io.indices, bytes: n * k * 4 },
          { buffer: io.states, bytes: n * 4 },
          { buffer: io.candidates, bytes: n * plan.terms.candidates * 4 },
        ];
      });
      const [found, states, candidates] = results.map((result) => new Uint32Array(result));
      return settle(input, plan, found, states, candidates);
    },
  };
}
