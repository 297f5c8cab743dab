/** Points of a polyline, x and y of the same length. */
export interface Polyline {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

interface Span {
  readonly first: number;
  readonly last: number;
  /** The point between the two that is farthest from the straight line joining them. */
  readonly farthest: number;
  readonly deviation: number;
}

/**
 * Indices of at most `limit` points (never fewer than the two ends) whose polyline stays as close
 * to the whole one as greedy refinement gets: Douglas and Peucker's split at the farthest point,
 * always of the span that deviates most, until the limit is reached or nothing deviates.
 */
export function thinCurve(curve: Polyline, limit: number): number[] {
  const pointCount = curve.x.length;
  if (pointCount <= Math.max(2, limit)) return Array.from({ length: pointCount }, (_, index) => index);
  const spans = [measureSpan(curve, 0, pointCount - 1)];
  const kept = [0, pointCount - 1];
  while (kept.length < limit) {
    let worst = 0;
    for (let i = 1; i < spans.length; i++) if (spans[i].deviation > spans[worst].deviation) worst = i;
    const span = spans[worst];
    if (span.deviation === 0) break;
    kept.push(span.farthest);
    spans[worst] = measureSpan(curve, span.first, span.farthest);
    spans.push(measureSpan(curve, span.farthest, span.last));
  }
  return kept.sort((a, b) => a - b);
}

function measureSpan({ x, y }: Polyline, first: number, last: number): Span {
  const dx = x[last] - x[first];
  const dy = y[last] - y[first];
  const lengthSquared = dx * dx + dy * dy;
  let farthest = first;
  let deviation = 0;
  for (let i = first + 1; i < last; i++) {
    const px = x[i] - x[first];
    const py = y[i] - y[first];
    // Distance to the segment, not to the line: a curve may double back over its chord.
    const along = lengthSquared === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / lengthSquared));
    const distance = Math.hypot(px - along * dx, py - along * dy);
    if (distance > deviation) {
      deviation = distance;
      farthest = i;
    }
  }
  return { first, last, farthest, deviation };
}
