import type { DistanceMetric } from '../distance-metric.ts';

/** Functions that `distanceOf` calls. */
export function distanceWgsl(metric: DistanceMetric): string {
  if (metric === 'cosine') {
    return /* wgsl */ `
fn cosine_distance(dot: vec4f, a_squares: f32, b_squares: vec4f) -> vec4f {
  let zero = (b_squares == vec4f()) | vec4<bool>(a_squares == 0f);
  // The norms of zero rows are not used; 1 keeps their roots finite.
  let a_safe = select(a_squares, 1f, a_squares == 0f);
  let b_safe = select(b_squares, vec4f(1f), b_squares == vec4f());
  let distance = 1f - dot * inverseSqrt(a_safe) * inverseSqrt(b_safe);
  return select(max(distance, vec4f()), vec4f(1f), zero);
}`;
  }
  return metric === 'squared-l2'
    ? ''
    : /* wgsl */ `
// WGSL takes sqrt(0) from 1 / inverseSqrt(0), which need not be 0.
fn root(x: vec4f) -> vec4f { return select(sqrt(x), vec4f(), x == vec4f()); }`;
}

/**
 * WGSL for the distances of a row of a to four of b: of the sums of squared differences; for cosine of the products, and of
 * |a|^2 and the four |b|^2.
 */
export function distanceOf(metric: DistanceMetric, sum: string, aSquares: string, bSquares: string): string {
  return { 'squared-l2': sum, l2: `root(${sum})`, cosine: `cosine_distance(${sum}, ${aSquares}, ${bSquares})` }[metric];
}
