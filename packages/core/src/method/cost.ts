import type { PlacementSource } from '@csx/wgsl-kernels';

/**
 * Counted floating-point operations, one formula a step. A multiply-add counts as two; comparisons,
 * copies and square roots of single values are not counted; an exponential or logarithm counts as one.
 * The counts say what the method asks for, whatever a kernel does besides (re-ranking, padding).
 */

/** Class pairs by `centroid`: the means of n rows, then the distance of each of m minor means to each of M major ones: `n d + 3 m M d`. */
export function centroidDistanceFlop(n: number, d: number, m: number, M: number): number {
  return n * d + 3 * m * M * d;
}

/** Nearest of m rows for each of n, through `|b|^2 - 2 a.b`: `2 n m d`. */
export function nearestFlop(n: number, m: number, d: number): number {
  return 2 * n * m * d;
}

/** Logits of n rows through a linear head: `2 n d c`, the bias as the first summand. */
export function logitsFlop(n: number, d: number, c: number): number {
  return 2 * n * d * c;
}

/**
 * Own-class log-odds of n rows of c logits: `3 n c`. For each of the other c - 1 logits a subtraction, an
 * exponential and an addition; then a logarithm and two additions or subtractions.
 */
export function logOddsFlop(n: number, c: number): number {
  return 3 * n * c;
}

/** Ranking the n rows of a major class by the current classifier: their logits and log-odds, `2 n d c + 3 n c`. */
export function rankingFlop(n: number, d: number, c: number): number {
  return logitsFlop(n, d, c) + logOddsFlop(n, c);
}

/**
 * Placing p latents, each blended as `P * minor + (1 - P) * major`; nothing when p is 0.
 *
 * - fixed: `3 d p`, the blend alone;
 * - crossing: `3 d p + d + 1 + 4 d p`, the boundary once, then both members' values;
 * - boundary: `3 d p + d + 1 + (4 d + 5) p`, and equation (1), 5 a pair, as in those below;
 * - centroid: `3 d p + (6 d + 5) p`, both members' distances;
 * - probability: `3 d p + (2 (2 d c + 3 c) + 5) p`, both members' logits and log-odds;
 * - density: `3 d p + 5 p`; the search for neighbors is counted once, as pairing.
 */
export function placementFlop(source: PlacementSource, p: number, d: number, c: number): number {
  if (p === 0) return 0;
  const blend = 3 * d * p;
  switch (source) {
    case 'fixed':
      return blend;
    case 'crossing':
      return blend + d + 1 + 4 * d * p;
    case 'boundary':
      return blend + d + 1 + (4 * d + 5) * p;
    case 'centroid':
      return blend + (6 * d + 5) * p;
    case 'probability':
      return blend + (2 * (2 * d * c + 3 * c) + 5) * p;
    case 'density':
      return blend + 5 * p;
  }
}

/**
 * Training a network on images and its last layer on given latents too: `i t + l (4 d c + 5 c)` for i visits of an
 * image at t operations each and l of a latent, which costs what it does in a linear head (below); the update is not
 * counted, as it is not in the first epochs.
 */
export function jointTrainingFlop(
  imageVisits: number,
  flopPerImage: number,
  latentVisits: number,
  d: number,
  c: number,
): number {
  return imageVisits * flopPerImage + latentVisits * (4 * d * c + 5 * c);
}

/**
 * Training a linear head on latents: `r (4 d c + 5 c) + s 6 (d + 1) c` for r visits of a row in s steps.
 *
 * A visit costs the logits (2 d c), softmax and its gradient (5 c) and the weights' gradient (2 d c; the
 * latents need none), a step the update with momentum and weight decay (6 a parameter).
 */
export function headTrainingFlop(rowVisits: number, steps: number, d: number, c: number): number {
  return rowVisits * (4 * d * c + 5 * c) + steps * 6 * (d + 1) * c;
}
