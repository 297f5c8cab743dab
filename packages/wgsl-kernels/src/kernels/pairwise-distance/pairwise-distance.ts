import { LimitExceededError, NumericError } from '../../errors.ts';
import type { Matrix } from '../../matrix.ts';
import type { Session } from '../../session/session.ts';
import type { Step } from '../../session/step.ts';
import { broadcastLanes } from '../broadcast-lanes.ts';
import { checkFinite, checkSameWidth, checkShape } from '../check-matrix.ts';
import { checkNoUnknown } from '../check-sizes.ts';
import { checkMetric, type DistanceMetric } from '../distance-metric.ts';
import {
  checkProductVariant,
  defaultProductVariant,
  type ProductVariant,
  productVariants,
  roundUp,
} from '../matrix-product/product-variants.ts';
import { scaleRowsForCosine } from '../scale-rows.ts';
import { uniformData } from '../uniform-data.ts';
import { padWgsl, padWorkgroupSize } from './pairwise-distance.pad.wgsl.ts';
import { type DistancePass, distancePass, mostPaddedRows } from './pairwise-distance.pass.ts';
import { plainDistanceWgsl, tile, workgroupSize } from './pairwise-distance.plain.wgsl.ts';

export interface PairwiseDistanceOptions {
  /** How it is computed; chosen by the adapter unless told. */
  readonly variant?: ProductVariant | undefined;
}

export interface PairwiseDistanceInput {
  /** [n, d] */
  readonly a: Matrix;
  /** [m, d] */
  readonly b: Matrix;
  readonly metric: DistanceMetric;
}

/** Existing buffers and their shapes, each within one binding. */
export interface PairwiseDistanceIo {
  readonly n: number;
  readonly m: number;
  readonly d: number;
  /** [n, d] f32; for cosine the largest value of a row lies in [2^-40, 2^40], or the row is zero. */
  readonly a: GPUBuffer;
  /** [m, d] f32, as `a`. */
  readonly b: GPUBuffer;
  /** [n, m] f32, written whole. */
  readonly distances: GPUBuffer;
}

/** The compiled kernel for one metric. */
export interface PreparedPairwiseDistance {
  encode(step: Step, io: PairwiseDistanceIo): void;
}

/**
 * The distances of every row of a to every row of b.
 *
 * squared-l2: sum_j (a_j - b_j)^2; l2: its square root; cosine: 1 - a.b / (|a| |b|), 1 where a row is zero.
 *
 * `run`: a [n, d], b [m, d], any unit; the result is [n, m] row-major. No rows in a or b: an empty result. Deterministic
 * on one adapter. Work that does not fit into a binding is done in blocks. Error: `pairwiseDistanceBound`.
 *
 * Throws InvalidInputError (shapes; a row with NaN or infinity: it is named), InvalidOptionError (metric, variant), NumericError (a
 * distance beyond f32), LimitExceededError (the rows that a variant takes at a time do not fit into a binding), and the session's errors.
 *
 * Source: the definitions; direct differences, since |a|^2 + |b|^2 - 2 a.b loses all digits of near rows far from zero.
 */
export interface PairwiseDistance {
  prepare(metric: DistanceMetric): Promise<PreparedPairwiseDistance>;
  run(input: PairwiseDistanceInput): Promise<Float32Array>;
}

const kernel = 'pairwise-distance';
const u = 2 ** -23;
const smallestNormal = 2 ** -126;

/**
 * How far a result may be from the exact `distance` (in its metric), with u = 2^-23 (WGSL rounds to either neighbor and
 * may flush denormals) and a sum of d products off by d u sum |x_j y_j| in any order (Higham, section 3.1).
 *
 * squared-l2: (d + 2) u relative (each difference counts twice), and what is flushed: 3 values below 2^-126 a column.
 * l2: half of that relative error, 6 u for the root (WGSL: 1 / inverseSqrt, 2 and 2.5 units), and the root of what is flushed.
 * cosine: d u for a.b, d u for the two norms together, 4 u for inverseSqrt, 4 u for the rest: absolute, since |cos| <= 1.
 */
export function pairwiseDistanceBound(d: number, metric: DistanceMetric, distance: number): number {
  const flushed = 16 * (d + 1) * smallestNormal;
  if (metric === 'squared-l2') return (d + 4) * u * distance + flushed;
  if (metric === 'l2') return (d / 2 + 8) * u * distance + Math.sqrt(flushed);
  return (2 * d + 12) * u;
}

const plainSource = (metric: DistanceMetric) => ({
  label: `${kernel}: ${metric}, plain`,
  code: plainDistanceWgsl(metric),
});
const padSource = { label: `${kernel}: padding`, code: padWgsl };

/** The text of the shaders of all variants for one metric, as they are compiled. */
export function pairwiseDistanceSources(metric: DistanceMetric) {
  return [
    padSource,
    ...productVariants.map((variant) =>
      variant === 'plain' ? plainSource(metric) : distancePass(variant, metric).source,
    ),
  ];
}

function encodePlain(pipeline: GPUComputePipeline, step: Step, { n, m, d, a, b, distances }: PairwiseDistanceIo): void {
  const tiles = Math.ceil(n / tile) * Math.ceil(m / tile);
  step.dispatch({
    label: kernel,
    pipeline,
    bindings: [
      { buffer: step.uniform(uniformData([n, m, d]), `${kernel}: sizes`) },
      { buffer: a, size: n * d * 4 },
      { buffer: b, size: m * d * 4 },
      { buffer: distances, size: n * m * 4 },
    ],
    workgroups: Math.ceil(tiles / workgroupSize),
  });
}

/** What the variants on padded rows are recorded with. */
interface PaddedPipelines {
  readonly pass: DistancePass;
  readonly metric: DistanceMetric;
  readonly pad: GPUComputePipeline;
  readonly distance: GPUComputePipeline;
}

function encodePadded(
  { pass, metric, pad, distance }: PaddedPipelines,
  step: Step,
  { n, m, d, a, b, distances }: PairwiseDistanceIo,
  maxBindingBytes: number,
): void {
  const depth = roundUp(d, pass.depthUnit);
  const padded = (x: GPUBuffer, rows: number, unit: number) => {
    const paddedRows = roundUp(rows, unit);
    const copy = { buffer: step.temporary(paddedRows * depth * 4, `${kernel}: rows`), size: paddedRows * depth * 4 };
    const squares = { buffer: step.temporary(paddedRows * 4, `${kernel}: squares`), size: paddedRows * 4 };
    step.dispatch({
      label: padSource.label,
      pipeline: pad,
      bindings: [
        { buffer: step.uniform(uniformData([rows, paddedRows, d, depth]), padSource.label) },
        { buffer: x, size: rows * d * 4 },
        copy,
        squares,
      ],
      workgroups: Math.ceil(paddedRows / padWorkgroupSize),
    });
    return { copy, squares };
  };
  const rowsA = padded(a, n, pass.aUnit);
  const rowsB = padded(b, m, pass.bUnit);
  const { rowsPerItem, items, rowsPerRound, workgroups, scratchBytes } = pass.dispatch(
    { n, m, depth },
    maxBindingBytes,
  );
  step.dispatch({
    label: kernel,
    pipeline: distance,
    bindings: [
      { buffer: step.uniform(uniformData([n, m, depth, rowsPerItem, items, rowsPerRound]), `${kernel}: sizes`) },
      rowsA.copy,
      rowsB.copy,
      { buffer: distances, size: n * m * 4 },
      ...(metric === 'cosine' ? [rowsA.squares, rowsB.squares] : []),
      ...(scratchBytes === 0 ? [] : [{ buffer: step.temporary(scratchBytes, `${kernel}: sums`), size: scratchBytes }]),
    ],
    workgroups,
  });
}

/** Makes the kernel; pipelines are compiled at the first use of a metric. */
export function createPairwiseDistance(session: Session, options: PairwiseDistanceOptions = {}): PairwiseDistance {
  const { variant = defaultProductVariant(session), ...unknown } = options;
  checkNoUnknown(kernel, unknown);
  checkProductVariant(kernel, session, variant);
  const limit = session.maxBindingBytes;
  const passOf = (metric: DistanceMetric) =>
    variant === 'plain' ? undefined : distancePass(variant, metric, broadcastLanes(session));

  const prepare = async (metric: DistanceMetric): Promise<PreparedPairwiseDistance> => {
    checkMetric(kernel, metric);
    const pass = passOf(metric);
    if (pass === undefined) {
      const pipeline = await session.pipeline(plainSource(metric));
      return { encode: (step, io) => (io.n > 0 && io.m > 0 ? encodePlain(pipeline, step, io) : undefined) };
    }
    const [pad, distance] = await Promise.all([padSource, pass.source].map((source) => session.pipeline(source)));
    const pipelines = { pass, metric, pad, distance };
    return { encode: (step, io) => (io.n > 0 && io.m > 0 ? encodePadded(pipelines, step, io, limit) : undefined) };
  };

  return {
    prepare,
    async run({ a, b, metric }) {
      checkMetric(kernel, metric);
      checkShape(kernel, 'a', a);
      checkShape(kernel, 'b', b);
      checkSameWidth(kernel, 'a', a, 'b', b);
      checkFinite(kernel, 'a', a);
      checkFinite(kernel, 'b', b);
      const { n, d } = a;
      const m = b.n;
      const words = Math.floor(limit / 4);
      const pass = passOf(metric);
      const depth = roundUp(d, pass?.depthUnit ?? 1);
      const columnCount = mostPaddedRows(m, pass?.bUnit ?? 1, depth, words);
      const rowCount = Math.min(
        mostPaddedRows(n, pass?.aUnit ?? 1, depth, words),
        Math.floor(words / Math.max(1, columnCount)),
      );
      if (n > 0 && m > 0 && (columnCount === 0 || rowCount === 0)) {
        throw new LimitExceededError(
          `${kernel}: a row of ${d} values does not fit into a binding of ${limit} bytes, or too few do for the variant ${variant}`,
        );
      }
      const result = new Float32Array(n * m);
      const { encode: record } = await prepare(metric);
      const gpuA = metric === 'cosine' ? scaleRowsForCosine(a) : a;
      const gpuB = metric === 'cosine' ? scaleRowsForCosine(b) : b;
      for (let row = 0; row < n && m > 0; row += rowCount) {
        for (let column = 0; column < m; column += columnCount) {
          const rows = Math.min(rowCount, n - row);
          const columns = Math.min(columnCount, m - column);
          const [block] = await session.submit(kernel, (step) => {
            const distances = step.temporary(rows * columns * 4, `${kernel}: distances`);
            record(step, {
              n: rows,
              m: columns,
              d,
              a: step.upload(gpuA.data.subarray(row * d, (row + rows) * d), `${kernel}: a`),
              b: step.upload(gpuB.data.subarray(column * d, (column + columns) * d), `${kernel}: b`),
              distances,
            });
            return [{ buffer: distances, bytes: rows * columns * 4 }];
          });
          const values = new Float32Array(block);
          for (let at = 0; at < rows; at++) {
            result.set(values.subarray(at * columns, (at + 1) * columns), (row + at) * m + column);
          }
        }
      }
      const overflow = result.findIndex((distance) => !Number.isFinite(distance));
      if (overflow >= 0) {
        throw new NumericError(
          `${kernel}: the ${metric} distance of rows ${Math.floor(overflow / m)} and ${overflow % m} exceeds f32`,
          {
            hint: 'Scale the rows down.',
          },
        );
      }
      return result;
    },
  };
}
