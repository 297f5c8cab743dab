import type { StorageType } from '../../wgsl/stored.wgsl.ts';
import type { DistanceMetric } from '../distance-metric.ts';

/**
 * Error bounds of the GPU passes, as the shaders use them to certify a row.
 *
 * u = 2^-23: WGSL calls an operation correctly rounded when it returns either neighbor, so its relative error is below
 * one unit in the last place, and it may flush denormals. A sum of d products in any order, fused or not, has an error
 * of at most d u sum |x_i y_i| (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1).
 *
 * Pass 1 ranks base row b for query row a by s(b) = |b'|^2 (1 - eps) - 2 a'.b', where a' = a - c, b' = b - c are the
 * centered rows. With |a'.b'| <= (|a'|^2 + |b'|^2) / 2:
 *   the dot product is off by d u (|a'|^2 + |b'|^2), |b'|^2 by (d + 1) u |b'|^2, the difference by 2 u (|a'|^2 + |b'|^2);
 *   centering rounds each value by u |a'_j|, which moves the squared distance by at most 4 u (|a'|^2 + |b'|^2).
 * So with eps = (2 d + 32) u, s(b) + |a'|^2 (1 - 2 eps) is never above the true squared distance: what pass 1 leaves out
 * is at least as far away as the last kept s says. The surplus in eps covers second order terms and flushed denormals
 * beside larger values; `absolute` covers those beside nothing larger.
 *
 * With rows stored as f16, each divided by a power of two that makes its largest value one of [2^13, 2^14), a value is off by
 * 2^-10 of it, or by 2^-27 of the row's largest value where f16 flushes what is below 2^-14. Two of them make a product off by
 * 2^-9 + 2^-20 of it, or by 2^-27 |a'| |b'_j| and the like, which add up to 2^-26 sqrt(d) |a'| |b'|. So 2 a'.b' moves by at most
 * (2^-9 + 2^-20 + 2^-26 sqrt(d)) (|a'|^2 + |b'|^2), which is added to both. Sums and norms stay f32.
 *
 * For cosine the rows are normalized first: the common factor of a row is off by eta = (d / 2 + 8) u (half of the error
 * of its sum of squares, plus inverseSqrt), each value by u. On unit rows |a' - b'|^2 = 2 (1 - cos), and with factors
 * (1 + eta_a), (1 + eta_b): (eta_a - eta_b)^2 + (1 + eta_a)(1 + eta_b) 2 (1 - cos). |a' - b'|^2 <= 4 turns the relative
 * part into at most 8.1 eta + 13 u, spread over |a'|^2 + |b'|^2 = 2.
 *
 * Pass 2 sums direct differences D = sum (a_j - b_j)^2: relative error (d + 2) u, and for cosine 2 eta more, 6 u sqrt(D)
 * from the rounded values and 4 eta^2 from the factors. float64's own rounding is far below the surplus.
 */
export interface NearestBounds {
  /** eps of pass 1: s(b) counts |b'|^2 (1 - ranking). */
  readonly ranking: number;
  /** What is left out is no nearer than the last kept s(b) + |a'|^2 (1 - queryRanking). */
  readonly queryRanking: number;
  /** The distance of pass 2 is off by at most relative * D + root * sqrt(D) + absolute. */
  readonly relative: number;
  readonly root: number;
  readonly absolute: number;
}

const u = 2 ** -23;
const smallestNormal = 2 ** -126;

/** The bounds for d columns, in squared distances (for cosine: twice the cosine distance). */
export function nearestBounds(d: number, metric: DistanceMetric, filter: StorageType = 'f32'): NearestBounds {
  // Each of the few operations on a column may flush a result below 2^-126 to zero.
  const flushed = 16 * (d + 1) * smallestNormal;
  const half = filter === 'f16' ? 1.01 * 2 ** -9 + 2 ** -25 * Math.sqrt(d) : 0;
  const l2 = (2 * d + 32) * u;
  if (metric !== 'cosine') {
    return { ranking: l2 + half, queryRanking: 2 * l2 + half, relative: (d + 8) * u, root: 0, absolute: flushed };
  }
  const eta = (d / 2 + 8) * u;
  const ranking = l2 + 4.2 * eta + 8 * u;
  return {
    ranking: ranking + half,
    queryRanking: 2 * ranking + half,
    relative: (d + 8) * u + 2.1 * eta,
    root: 8 * u,
    absolute: 4.1 * eta ** 2 + 16 * u ** 2 + flushed,
  };
}
