import { InvalidInputError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import { type CutInput, certifyCut, holds, type SelectSide, widened } from './certify-cut.ts';
import { cutScore, type PreparedSelect, prepareSelect, selectVariants, stateOf } from './select.encode.ts';
import { checkCut } from './select.reference.ts';
import type { SelectVariant } from './select.wgsl.ts';

export interface SelectInput {
  /** [n] finite f32 scores, on the host or in the first n * 4 bytes of a buffer of usage STORAGE and COPY_SRC. */
  readonly scores: Float32Array | { readonly buffer: GPUBuffer; readonly n: number };
  /** How many rows to take, exactly. */
  readonly count: number;
  readonly side: SelectSide;
  /** Bound of |score - true score|, finite, for all rows or [n] for each; 0 when the scores themselves are the truth. */
  readonly errorBound: number | Float32Array;
  /** The true scores of some rows (ascending), in float64: those in doubt, the cut's own at least. */
  readonly rescore: (rows: Uint32Array) => Float64Array;
}

export interface Select {
  prepare(): Promise<PreparedSelect>;
  /** Ascending row indices, [count]. */
  run(input: SelectInput): Promise<Uint32Array>;
}

/**
 * The `count` lowest or highest of n scores, exactly, certified at the cut.
 *
 * Formula: the rows
 *
 *     order.slice(0, count)
 *
 * of the order of their true scores (`rank`; ties to the lower row), returned ascending. Scores are [n]
 * f32, each within its error bound of a true score in float64. The GPU finds the cut, the `count`-th
 * score, by its binary digits from the highest on, then the rows on its near side and those in doubt; the rows whose
 * bounds reach those of the cut are scored again by `rescore` and decided by the true scores. So adapters
 * whose f32 scores differ within the bound select the same rows. Scores on the GPU stay there, but for those in
 * doubt; with a bound for each row all of them are read.
 *
 * Empty input, or count = 0: an empty array. count = n: all rows, and nothing is read.
 * Deterministic and exact; no error bound, given that the caller's holds.
 * Throws InvalidInputError for a count that does not fit, a score that is not finite, a bound that is
 * negative or not finite, and when `rescore` returns another number of scores or one that the bound
 * excludes; InvalidOptionError for an unknown side; LimitExceededError when n scores do not fit in one
 * binding (2^25 at 128 MiB).
 * Source: method.md, step 5.
 */
export function createSelect(
  session: Session,
  variant: SelectVariant = session.isSoftware ? selectVariants.software : selectVariants.gpu,
): Select {
  const prepare = () => prepareSelect(session, variant);

  /** The cut with the rows on its near side and those in doubt, found on the GPU. */
  async function findRows({ scores, count, side }: SelectInput, n: number, errorBound: number) {
    const { encodeRows } = await prepare();
    // Once for all but in rare cases: with more rows in doubt than read at first, again with all.
    for (let doubtLimit = Math.max(4096, n >> 6); ; doubtLimit = n) {
      const [state, rows, doubtScores] = await session.submit('select', (step) => {
        const buffer = scores instanceof Float32Array ? step.upload(scores, 'select: scores') : scores.buffer;
        const found = encodeRows(step, { n, scores: buffer, count, side, errorBound });
        return [
          { buffer: found.state, bytes: stateOf.bytes },
          { buffer: found.rows, bytes: Math.min(n, count + doubtLimit) * 4 },
          { buffer: found.doubtScores, bytes: Math.min(n, doubtLimit) * 4 },
        ];
      });
      const { firstBad, sure, end } = stateOf(state);
      if (firstBad < n) await refuseScore(scores, firstBad);
      if (end - sure > doubtLimit) continue;
      return {
        score: cutScore(state, side),
        sure: new Uint32Array(rows, 0, sure),
        candidates: new Uint32Array(rows, sure * 4, end - sure),
        scores: new Float32Array(doubtScores, 0, end - sure),
      };
    }
  }

  /** Throws, as `checkFinite`, for a row that the GPU found. */
  async function refuseScore(scores: SelectInput['scores'], row: number): Promise<never> {
    if (scores instanceof Float32Array) throw scoreError(row, scores[row]);
    const [bytes] = await session.submit('select', (step) => {
      const score = step.temporary(4, 'select: score');
      step.encoder.copyBufferToBuffer(scores.buffer, row * 4, score, 0, 4);
      return [{ buffer: score, bytes: 4 }];
    });
    throw scoreError(row, new Float32Array(bytes)[0]);
  }

  async function readScores({ scores }: SelectInput): Promise<Float32Array> {
    if (scores instanceof Float32Array) return scores;
    const [bytes] = await session.submit('select', () => [{ buffer: scores.buffer, bytes: scores.n * 4 }]);
    const values = new Float32Array(bytes);
    checkFinite(values);
    return values;
  }

  return {
    prepare,
    async run(input) {
      const { scores, count, side, errorBound, rescore } = input;
      const onHost = scores instanceof Float32Array;
      const n = onHost ? scores.length : scores.n;
      checkCut('select', n, count, side);
      checkBound(errorBound, n);
      if (onHost) checkFinite(scores);
      if (count === 0) return new Uint32Array(0);
      if (count === n) return Uint32Array.from({ length: n }, (_, row) => row);
      const errorOf = typeof errorBound === 'number' ? () => errorBound : (row: number) => errorBound[row];
      const common = { errorOf, count, side, rescore: checkedRescore(errorOf, rescore) };
      if (typeof errorBound === 'number') {
        const { score, ...found } = await findRows(input, n, errorBound);
        const error = widened(score, errorBound);
        return certifyCut({ ...common, ...found, cut: { low: score - error, high: score + error } });
      }
      const values = await readScores(input);
      return certifyCut({ ...common, scores: values, cut: cutBounds(values, count, side, errorBound) });
    },
  };
}

/**
 * Bounds of the `count`-th true score, from a bound for each row: the `count`-th lower and the `count`-th upper bound,
 * since raising every score never lowers the `count`-th.
 */
function cutBounds(scores: Float32Array, count: number, side: SelectSide, errorBound: Float32Array) {
  const nth = (sign: number) => {
    const bounds = Float64Array.from(scores, (s, row) => s + sign * widened(s, errorBound[row])).sort();
    return bounds[side === 'bottom' ? count - 1 : scores.length - count];
  };
  return { low: nth(-1), high: nth(1) };
}

/** `rescore`, whose answers are checked: a score that its bound excludes means that the bound does not hold. */
function checkedRescore(errorOf: (row: number) => number, rescore: SelectInput['rescore']): CutInput['rescore'] {
  return (rows, scores) => {
    const truth = rescore(rows);
    if (truth.length !== rows.length) {
      throw new InvalidInputError(
        `select: rescore returned ${truth.length} scores, expected ${rows.length}, one a row`,
      );
    }
    const at = rows.findIndex((row, i) => !holds(scores[i], errorOf(row), truth[i]));
    if (at >= 0) {
      const row = rows[at];
      throw new InvalidInputError(
        `select: row ${row} was scored ${scores[at]} and then ${truth[at]}, expected a difference of at most ${errorOf(row)}`,
        { hint: 'Give an error bound that holds for every row.' },
      );
    }
    return truth;
  };
}

function checkFinite(scores: Float32Array): void {
  const row = scores.findIndex((score) => !Number.isFinite(score));
  if (row >= 0) throw scoreError(row, scores[row]);
}

function scoreError(row: number, score: number): InvalidInputError {
  return new InvalidInputError(`select: score of row ${row} is ${score}, expected a finite number`);
}

function checkBound(errorBound: number | Float32Array, n: number): void {
  const bounds = typeof errorBound === 'number' ? [errorBound] : errorBound;
  if (typeof errorBound !== 'number' && errorBound.length !== n) {
    throw new InvalidInputError(`select: errorBound has ${errorBound.length} values, expected n = ${n}`);
  }
  for (const [row, bound] of bounds.entries()) {
    if (!(bound >= 0 && bound < Number.POSITIVE_INFINITY)) {
      throw new InvalidInputError(`select: errorBound is ${bound} at ${row}, expected a finite number >= 0`);
    }
  }
}
