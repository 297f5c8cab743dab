export interface PlacedLabel {
  /** Where the text starts or ends, and its middle height. */
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end';
  /** Whether the label is so far from its point that a line should join them. */
  readonly isApart: boolean;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const halfHeight = 7.5;
const markRadius = 7;
/** How far a label may be moved up or down, nearest first. */
const shifts = [0, -10, 10, -18, 18, -28, 28, -40, 40, -54, 54];

/**
 * Puts a label beside each point: right of it, left of it, or higher or lower, at the first place
 * where it covers no marker and no earlier label and stays inside the bounds; where there is no
 * such place, at the one that covers least. Points in a crowd choose first.
 */
export function placeLabels(points: readonly Point[], widths: readonly number[], bounds: Box): PlacedLabel[] {
  const marks = points.map(({ x, y }) => around(x, y, markRadius, markRadius));
  const neighbors = (i: number) =>
    points.filter(({ x, y }) => Math.hypot(x - points[i].x, (y - points[i].y) * 2) < 90).length;
  const order = [...points.keys()].sort((a, b) => neighbors(b) - neighbors(a) || a - b);
  const placed = new Map<number, PlacedLabel>();
  const taken: Box[] = [];
  for (const i of order) {
    let best: { label: PlacedLabel; box: Box; cost: number } | undefined;
    for (const shift of shifts) {
      for (const anchor of ['start', 'end'] as const) {
        const label = labelAt(points[i], shift, anchor);
        const box = boxOf(label, widths[i]);
        const covered = [...taken, ...marks.filter((_, m) => m !== i)].reduce(
          (sum, other) => sum + overlap(box, other),
          0,
        );
        const cost = covered + outside(box, bounds);
        if (best === undefined || cost < best.cost) best = { label, box, cost };
      }
      if (best?.cost === 0) break;
    }
    if (best === undefined) continue;
    placed.set(i, best.label);
    taken.push(best.box);
  }
  return points.map((point, i) => placed.get(i) ?? labelAt(point, 0, 'start'));
}

function labelAt({ x, y }: Point, shift: number, anchor: 'start' | 'end'): PlacedLabel {
  return { x: anchor === 'start' ? x + 11 : x - 11, y: y + shift, anchor, isApart: Math.abs(shift) > 12 };
}

function boxOf({ x, y, anchor }: PlacedLabel, width: number): Box {
  const left = anchor === 'start' ? x : x - width;
  return { left, right: left + width, top: y - halfHeight, bottom: y + halfHeight };
}

const around = (x: number, y: number, dx: number, dy: number): Box => ({
  left: x - dx,
  right: x + dx,
  top: y - dy,
  bottom: y + dy,
});

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Area beyond the bounds, made dear: a clipped label is worse than a covered one. */
function outside(box: Box, bounds: Box): number {
  const area = (box.right - box.left) * (box.bottom - box.top);
  return 10 * (area - overlap(box, bounds));
}
