import { InvalidInputError, type Matrix } from '@csx/wgsl-kernels';
import { evenlySpacedRows, latentMapPoints } from './evenly-spaced-rows.ts';
import { type BoundaryLine, type BoundaryTime, boundaryTimes } from './extras.ts';

/** A linear classifier's boundary between two classes: weights . z + bias = 0, the minor class above. */
export interface LinearBoundary {
  /** w_minor - w_major, [d] */
  readonly weights: ArrayLike<number>;
  /** b_minor - b_major */
  readonly bias: number;
}

/** A plane through the latents of one class pair. */
export interface PairProjection {
  readonly axes: { readonly x: string; readonly y: string };
  readonly boundaryAt: BoundaryTime;
  /** The boundary that the plane was fitted with: the line X = 0. */
  readonly firstBoundary: BoundaryLine | null;
  /** Position of a row in the plane. */
  project(latents: Matrix, row: number): [number, number];
  /** The line along which another boundary cuts the plane; null if it runs alongside. */
  cut(boundary: LinearBoundary): BoundaryLine | null;
}

export interface PairProjectionInput {
  /** Real latents of the two classes, [n, d]; at least one row each. */
  readonly minorLatents: Matrix;
  readonly majorLatents: Matrix;
  /** Boundary of the classifier; the line between the class means takes its place. */
  readonly boundary?: LinearBoundary;
  /** Of the classifier before the rounds (unless told), or after the last. */
  readonly boundaryAt?: BoundaryTime;
}

/**
 * Chooses a plane that answers the question of the method: where does a synthetic latent lie with
 * respect to the boundary? X is the signed distance to the boundary, exactly (a general projection
 * such as t-SNE would distort it), so minor weights can be read off. Y is the direction of largest
 * spread that remains: the first principal component of both classes, each given the same weight,
 * orthogonal to X. Float64 and deterministic; at most 400 evenly spaced rows of each class are used.
 */
export function fitPairProjection(input: PairProjectionInput): PairProjection {
  const { minorLatents, majorLatents, boundary, boundaryAt = 'first' } = input;
  const d = minorLatents.d;
  checkInput(input);
  const minorMean = sampleMean(minorLatents);
  const majorMean = sampleMean(majorLatents);
  const center = minorMean.map((value, k) => (value + majorMean[k]) / 2);

  const normal = boundary === undefined ? new Float64Array(d) : Float64Array.from(boundary.weights);
  const hasBoundary = boundary !== undefined && length(normal) > 0;
  if (!hasBoundary) for (let k = 0; k < d; k++) normal[k] = minorMean[k] - majorMean[k];
  const scale = length(normal);
  // Two classes with one mean and no boundary: any direction will do.
  if (scale === 0) normal[0] = 1;
  else for (let k = 0; k < d; k++) normal[k] /= scale;

  const centerX = hasBoundary ? dot(normal, center) + boundary.bias / scale : 0;
  const second = firstComponent([minorLatents, majorLatents], center, normal);
  const offset = new Float64Array(d);
  return {
    boundaryAt,
    axes: {
      x: hasBoundary
        ? `signed distance to the boundary ${boundaryTimes[boundaryAt]}`
        : 'along the line between the class means',
      y: 'largest remaining spread',
    },
    firstBoundary: hasBoundary ? { x: 1, y: 0, constant: 0 } : null,
    project(latents, row) {
      for (let k = 0; k < d; k++) offset[k] = latents.data[row * d + k] - center[k];
      return [centerX + dot(normal, offset), dot(second, offset)];
    },
    cut({ weights, bias }) {
      const other = Float64Array.from(weights);
      const x = dot(other, normal);
      const y = dot(other, second);
      // Alongside the plane, up to rounding.
      if (Math.hypot(x, y) <= 1e-9 * length(other)) return null;
      return { x, y, constant: dot(other, center) + bias - x * centerX };
    },
  };
}

/**
 * First principal component, orthogonal to `axis`, of some classes around a common center, by power
 * iteration. Close eigenvalues converge slowly; what is returned then is still one fixed direction
 * of nearly the largest spread, which is all a picture needs.
 */
function firstComponent(classes: readonly Matrix[], center: Float64Array, axis: Float64Array): Float64Array {
  const rows: Float64Array[] = [];
  for (const latents of classes) {
    const kept = evenlySpacedRows(latents.n, latentMapPoints);
    for (const row of kept) {
      const residual = center.map((value, k) => latents.data[row * latents.d + k] - value);
      removeDirection(residual, axis);
      // Each class weighs the same, however many rows it has.
      rows.push(residual.map((value) => value / Math.sqrt(kept.length)));
    }
  }
  let widest = rows[0];
  for (const row of rows) if (length(row) > length(widest)) widest = row;
  let component = normalized(widest);
  for (let step = 0; step < 200; step++) {
    const next = new Float64Array(center.length);
    for (const row of rows) {
      const along = dot(row, component);
      for (let k = 0; k < next.length; k++) next[k] += along * row[k];
    }
    removeDirection(next, axis);
    const unit = normalized(next);
    const change = length(unit.map((value, k) => value - component[k]));
    component = unit;
    if (change < 1e-9) break;
  }
  let largest = 0;
  component.forEach((value, k) => {
    if (Math.abs(value) > Math.abs(component[largest])) largest = k;
  });
  // A component has no sign of its own; this one makes pictures repeatable.
  return component[largest] < 0 ? component.map((value) => -value) : component;
}

function sampleMean(latents: Matrix): Float64Array {
  const mean = new Float64Array(latents.d);
  const rows = evenlySpacedRows(latents.n, latentMapPoints);
  for (const row of rows) for (let k = 0; k < latents.d; k++) mean[k] += latents.data[row * latents.d + k];
  return mean.map((value) => value / rows.length);
}

function removeDirection(vector: Float64Array, unit: Float64Array): void {
  const along = dot(vector, unit);
  for (let k = 0; k < vector.length; k++) vector[k] -= along * unit[k];
}

function normalized(vector: Float64Array): Float64Array {
  const size = length(vector);
  return size === 0 ? vector : vector.map((value) => value / size);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

const length = (vector: Float64Array) => Math.sqrt(dot(vector, vector));

function checkInput({ minorLatents, majorLatents, boundary }: PairProjectionInput): void {
  if (minorLatents.n === 0 || majorLatents.n === 0) {
    throw new InvalidInputError(
      `pair-projection: ${minorLatents.n} minor and ${majorLatents.n} major rows, expected at least one of each`,
    );
  }
  const sizes = [minorLatents.d, majorLatents.d, boundary?.weights.length ?? minorLatents.d];
  if (sizes.some((size) => size !== sizes[0] || size === 0)) {
    throw new InvalidInputError(
      `pair-projection: minor, major and boundary have d = ${sizes.join(', ')}, expected the same`,
    );
  }
}
