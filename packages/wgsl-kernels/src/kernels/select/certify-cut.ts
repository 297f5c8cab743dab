/** `bottom`: the lowest scores. `top`: the highest. */
export type SelectSide = 'bottom' | 'top';

/** What the cut of a selection is decided from. */
export interface CutInput {
  /** Finite scores, each within `errorOf(row)` of the row's true score: of `candidates`. */
  readonly scores: Float32Array;
  /** The rows that the scores belong to, ascending; all rows unless told. */
  readonly candidates?: Uint32Array;
  /** Rows beside the candidates that are known to be in, ascending; the others are known to be out. */
  readonly sure?: Uint32Array;
  readonly errorOf: (row: number) => number;
  /** Bounds between which the `count`-th true score lies, counted from `side`. */
  readonly cut: { readonly low: number; readonly high: number };
  /** 1 <= count <= n - 1. */
  readonly count: number;
  readonly side: SelectSide;
  /** True scores of the rows asked for, in their order; `scores` are those that they had. */
  readonly rescore: (rows: Uint32Array, scores: Float32Array) => Float64Array;
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
export function certifyCut(input: CutInput): Uint32Array {
  const { scores, candidates, sure = new Uint32Array(0), errorOf, cut, count, side, rescore } = input;
  const sign = side === 'bottom' ? 1 : -1;
  const nearBound = side === 'bottom' ? cut.low : -cut.high;
  const farBound = side === 'bottom' ? cut.high : -cut.low;
  const taken: number[] = [];
  const borderline: number[] = [];
  for (let at = 0; at < scores.length; at++) {
    const row = candidates ? candidates[at] : at;
    const score = sign * scores[at];
    const error = widened(score, errorOf(row));
    if (score + error < nearBound) taken.push(row);
    else if (score - error <= farBound) borderline.push(at);
  }
  const inDoubt = Uint32Array.from(borderline, (at) => (candidates ? candidates[at] : at));
  const truth = rescore(
    inDoubt,
    Float32Array.from(borderline, (at) => scores[at]),
  );
  const decided = lowest(inDoubt, truth, sign, count - sure.length - taken.length).sort();
  return merged(sure, merged(Uint32Array.from(taken), decided));
}

/** The values of two ascending lists in one. */
function merged(a: Uint32Array, b: Uint32Array): Uint32Array {
  const all = new Uint32Array(a.length + b.length);
  for (let at = 0, i = 0, j = 0; at < all.length; at++) {
    all[at] = j === b.length || (i < a.length && a[i] < b[j]) ? a[i++] : b[j++];
  }
  return all;
}

/** The `wanted` rows with the lowest sign * truth; ties to the lower row. */
function lowest(rows: Uint32Array, truth: Float64Array, sign: 1 | -1, wanted: number): Uint32Array {
  const order = Uint32Array.from(rows, (_, i) => i).sort((a, b) =>
    truth[a] === truth[b] ? a - b : sign * (truth[a] - truth[b]),
  );
  return order.subarray(0, wanted).map((i) => rows[i]);
}
