/**
 * An SVG path through pixel positions, rounded to a tenth of a pixel, without points that the
 * rounding made equal: curves of hundreds of points stay small.
 */
export function linePath(points: Iterable<readonly [number, number]>): string {
  let path = '';
  let before = '';
  for (const [x, y] of points) {
    const at = `${tenth(x)} ${tenth(y)}`;
    if (at === before) continue;
    path += path === '' ? `M${at}` : `L${at}`;
    before = at;
  }
  return path;
}

/** A path of points without length: round line caps turn each into a dot. */
export function dotPath(points: Iterable<readonly [number, number]>): string {
  let path = '';
  for (const [x, y] of points) path += `M${tenth(x)} ${tenth(y)}h0`;
  return path;
}

/** A path of small diamonds. */
export function diamondPath(points: Iterable<readonly [number, number]>, radius: number): string {
  const r = tenth(radius);
  let path = '';
  for (const [x, y] of points) path += `M${tenth(x)} ${tenth(y - radius)}l${r} ${r}l-${r} ${r}l-${r}-${r}z`;
  return path;
}

/** A number for a path, to a tenth of a pixel. */
export const tenth = (value: number): number => Math.round(value * 10) / 10;
