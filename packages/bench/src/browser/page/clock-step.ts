/** Smallest step of `performance.now()` that is seen within a while: browsers make it coarse on purpose. */
export function clockStep(lookMs = 50): number {
  let least = Infinity;
  const start = performance.now();
  for (let last = start; last - start < lookMs; ) {
    const now = performance.now();
    if (now > last) least = Math.min(least, now - last);
    last = now;
  }
  return least;
}
