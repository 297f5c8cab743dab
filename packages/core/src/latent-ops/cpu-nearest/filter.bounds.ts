/**
 * Error bounds of the filter, by which its candidates are made certain.
 *
 * u = 2^-24: IEEE arithmetic, rounded to nearest. A sum of p products in any order, fused or not, is off by at most
 * g sum |x_i y_i| with g = p u / (1 - p u) (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), so
 * that the order in which a matrix product adds is left to it.
 *
 * The host centers the rows, a' = f32(a - c) and b' = f32(b - c), and takes A = |a'|^2 and N = |b'|^2 in float64. The
 * filter computes, as one sum of d + 1 products,
 *
 *   s(b) = sum_j (-2 a'_j) b'_j + f32((1 - base) N) * 1
 *
 * With |a'.b'| <= (A + N) / 2, against |a' - b'|^2 = A + N - 2 a'.b':
 *   the sum is off by at most g (A + 2 N), the last product's factor by u N;
 *   centering moves each value by at most u of its size, so the vectors by u (|a'| + |b'|), and the squared distance
 *   by at most 4.1 u (A + N).
 * For d + 1 <= 2^17, g <= 1.01 (d + 1) u. So with query = (1.01 (d + 1) + 5) u and base = (2.02 (d + 1) + 6) u,
 *
 *   s(b) + (1 - query) A - absolute <= |a - b|^2,
 *
 * for every row, also in float64: its own rounding, (d + 2) 2^-53 of the distance, is far below the surplus of 0.9 u.
 * `absolute` is what products and sums may lose that fall below the normal range, flushed to zero or not.
 *
 * For cosine the rows are not centered but scaled to length 1 in float64 and then rounded, which again moves each value
 * by at most u of its size; the squared distance is twice the cosine distance.
 */
export interface FilterBounds {
  /** Share of the query's squared length. */
  readonly query: number;
  /** Share of the base row's. */
  readonly base: number;
  readonly absolute: number;
}

const u = 2 ** -24;
const smallestNormal = 2 ** -126;

/** Most columns for which the bounds hold. */
export const mostFilteredColumns = 2 ** 17 - 1;
/** Largest squared length of a row that the filter takes: no sum of products leaves the range of f32. */
export const largestSquaredLength = 2 ** 100;

export function filterBounds(d: number): FilterBounds {
  return {
    query: (1.01 * (d + 1) + 5) * u,
    base: (2.02 * (d + 1) + 6) * u,
    absolute: 16 * (d + 1) * smallestNormal,
  };
}
