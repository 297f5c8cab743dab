/** `bottom`: the lowest scores. `top`: the highest. */
export type SelectSide = 'bottom' | 'top';

/** What the cut of a selection is decided from. */
export interface CutInput {
  /** [n] finite scores, each within `errorOf(row)` of the row's true score. */
  readonly scores: Float32Array;
  readonly errorOf: (row: number) => number;
  /** Bounds between which the `count`-th true score lies, counted from `side`. */
  readonly cut: { readonly low: number; readonly high: number };
  /** 1 <= count <= n - 1. */
  readonly count: number;
  readonly side: SelectSide;
  /** True scores of the rows asked for, in their order. */
  readonly rescore: (rows: Uint32Array) => Float64Array;
}

/**
 * An error bound widened by the roundings of score - bound and score + bound in float64; a bound of 0
 * stays 0, since nothing is rounded then.
 */
export function widened(score: number, bound: number): number {
  return bound === 0 ? 0 : bound * (1 + 2 ** -50) + Math.abs(score) * 2 ** -50;
}

/** Whether a true score lies within the bound of its f32 score; false for NaN. */
export function holds(score: number, bound: number, truth: number): boolean {
  return Math.abs(truth - score) <= widened(score, bound);
}

/**
 * The rows of the `count` lowest (or highest) true scores, ascending; equal true scores go to the lower row.
 *
 * A row that lies wholly on the near side of the cut's bounds is in, one wholly beyond them is out.
 * The rest are scored again and sorted by (true score, row); as many as are missing are taken.
 * Why that is right: the true cut value lies in [low, high]; a row whose true score is below it is among
 * the `count` lowest, and one whose true score is above it is not.
 */
export function certifyCut({ scores, errorOf, cut, count, side, rescore }: CutInput): Uint32Array {
  const sign = side === 'bottom' ? 1 : -1;
  const nearBound = side === 'bottom' ? cut.low : -cut.high;
  const farBound = side === 'bottom' ? cut.high : -cut.low;
  const taken = new Uint32Array(count);
  let takenCount = 0;
  const borderline: number[] = [];
  for (let row = 0; row < scores.length; row++) {
    const score = sign * scores[row];
    const error = widened(score, errorOf(row));
    if (score + error < nearBound) taken[takenCount++] = row;
    else if (score - error <= farBound) borderline.push(row);
  }
  const inDoubt = Uint32Array.from(borderline);
  taken.set(lowest(inDoubt, rescore(inDoubt), sign, count - takenCount), takenCount);
  return taken.sort();
}

/** The `wanted` rows with the lowest sign * truth; ties to the lower row. */
function lowest(rows: Uint32Array, truth: Float64Array, sign: 1 | -1, wanted: number): Uint32Array {
  const order = Uint32Array.from(rows, (_, i) => i).sort((a, b) =>
    truth[a] === truth[b] ? a - b : sign * (truth[a] - truth[b]),
  );
  return order.subarray(0, wanted).map((i) => rows[i]);
}
