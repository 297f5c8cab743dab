/** Standard deviations of a random walk of roundings that are let pass. */
const lambda = 8;

/**
 * How far a sum of products may be from the exact one: each is rounded once, and at most as often in sums as there are.
 * Roundings that go either way add up like a random walk (Higham and Mary 2019, theorem 2.4, which holds with probability
 * 1 - 2 exp(-32) each at lambda = 8); WGSL rounds to either neighbor, so that a unit is 2^-23.
 * @param count products
 * @param magnitude sum of their absolute values
 */
export function randomWalkBound(count: number, magnitude: number): number {
  return lambda * Math.sqrt(count + 1) * 2 ** -23 * magnitude;
}
