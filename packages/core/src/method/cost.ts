import type { PlacementSource } from './placement.ts';

/**
 * Counted floating-point operations, one formula a step. A multiply-add counts as two; comparisons,
 * copies and square roots of single values are not counted; an exponential or logarithm counts as one.
 * The counts say what the method asks for, whatever a kernel does besides (re-ranking, padding).
 */

/** Class pairs by `centroid`: the means of n rows, then the distance of each minor mean to each major one: `n d + 3 m M d`. */
export function centroidDistanceFlop(n: number, d: number, minorCount: number, majorCount: number): number {
  return n * d + 3 * minorCount * majorCount * d;
}

/** Nearest of m rows for each of n, through `|b|^2 - 2 a.b`: `2 n m d`. */
export function nearestFlop(n: number, m: number, d: number): number {
  return 2 * n * m * d;
}

/** Logits of n rows through a linear head: `2 n d c`, the bias as the first summand. */
export function logitsFlop(n: number, d: number, c: number): number {
  return 2 * n * d * c;
}

/** Own-class log-odds of n rows of c logits: for each of the other c - 1 a subtraction, an exponential and an addition, then a logarithm, an addition and a subtraction: `n (3 (c - 1) + 3) = 3 n c`. */
export function logOddsFlop(n: number, c: number): number {
  return 3 * n * c;
}

/** Ranking the n rows of a major class by the current classifier: their logits and log-odds, `2 n d c + 3 n c`. */
export function rankingFlop(n: number, d: number, c: number): number {
  return logitsFlop(n, d, c) + logOddsFlop(n, c);
}

/**
 * Placing p latents: the blend `P * minor + (1 - P) * major`, `3 d` a pair, and for
 *
 * - `crossing`, `boundary`: the boundary's `d + 1` subtractions once, then for both members `2 d`;
 * - `centroid`: for both members `3 d`;
 * - `probability`: for both members their logits and log-odds, `2 d c + 3 c`;
 * - `density`: nothing more; the search for neighbors is counted once, as pairing.
 *
 * The few operations of equation (1) itself, 5 a pair, count for the last three and `boundary`.
 */
export function placementFlop(source: PlacementSource, p: number, d: number, c: number): number {
  const blend = 3 * d * p;
  switch (source) {
    case 'fixed':
      return blend;
    case 'crossing':
      return blend + (p === 0 ? 0 : d + 1) + 4 * d * p;
    case 'boundary':
      return blend + (p === 0 ? 0 : d + 1) + (4 * d + 5) * p;
    case 'centroid':
      return blend + (6 * d + 5) * p;
    case 'probability':
      return blend + (2 * (2 * d * c + 3 * c) + 5) * p;
    case 'density':
      return blend + 5 * p;
  }
}

/**
 * Training a linear head on latents: for each row and epoch the logits (`2 d c`), softmax and its
 * gradient (`5 c`) and the weights' gradient (`2 d c`, the latents need none); for each step the
 * update with momentum and weight decay, `6 (d + 1) c`.
 */
export function headTrainingFlop(rowVisits: number, steps: number, d: number, c: number): number {
  return rowVisits * (4 * d * c + 5 * c) + steps * 6 * (d + 1) * c;
}
