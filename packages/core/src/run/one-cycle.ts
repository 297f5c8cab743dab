/** Share of the steps over which the rate rises. */
const risingShare = 0.3;
/** The rate starts at this share of the peak, and ends at zero. */
const startShare = 0.04;

/**
 * One-cycle learning rate (Smith 2018) with straight lines: from a 25th of the peak up to the peak over
 * the first 30 % of the steps, then down to zero at the end. Straight, since a cosine differs in its last
 * bit between JavaScript engines.
 * @param step counted from 0, below `stepCount`
 */
export function oneCycleRate(step: number, stepCount: number, peak: number): number {
  const top = Math.max(1, Math.round(stepCount * risingShare));
  if (step < top) return peak * (startShare + (1 - startShare) * (step / top));
  return peak * ((stepCount - step) / (stepCount - top));
}
