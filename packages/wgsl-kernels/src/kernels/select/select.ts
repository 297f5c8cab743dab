import { InvalidInputError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import type { Step } from '../../session/step.ts';
import { scoreOfOrderKey } from '../../wgsl/order-key.wgsl.ts';
import { uniformData } from '../uniform-data.ts';
import { certifyCut, holds, type SelectSide, widened } from './certify-cut.ts';
import { checkCut } from './select.reference.ts';
import { SELECT_ROWS_PER_LANE, SELECT_WORKGROUP, selectCountWgsl, selectPickWgsl } from './select.wgsl.ts';

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

/** Existing buffer: scores f32 [n], no NaN; 1 <= count <= n. */
export interface SelectIo {
  readonly n: number;
  readonly scores: GPUBuffer;
  readonly count: number;
  readonly side: SelectSide;
}

/** The compiled kernel. */
export interface PreparedSelect {
  /** Records the search for the cut; the buffer it returns holds, in its first 4 bytes, what `cutScore` turns into a score. */
  encode(step: Step, io: SelectIo): GPUBuffer;
}

export interface Select {
  prepare(): Promise<PreparedSelect>;
  /** Ascending row indices, [count]. */
  run(input: SelectInput): Promise<Uint32Array>;
}

export const selectSources = {
  count: { label: 'select: count', code: selectCountWgsl },
  pick: { label: 'select: pick', code: selectPickWgsl },
};

const flipOf = (side: SelectSide) => (side === 'bottom' ? 0 : 0xffffffff);

/** The `count`-th score from the side, read from the buffer that `encode` returned. */
export function cutScore(state: ArrayBuffer, side: SelectSide): number {
  return scoreOfOrderKey((new Uint32Array(state)[0] ^ flipOf(side)) >>> 0);
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
 * score, by its binary digits, eight at a time; the rows whose bounds reach those of the cut are scored
 * again by `rescore` and decided by the true scores. So adapters whose f32 scores differ within the
 * bound select the same rows.
 *
 * Empty input, or count = 0: an empty array. count = n: all rows, and nothing is read.
 * Deterministic and exact; no error bound, given that the caller's holds.
 * Throws InvalidInputError for a count that does not fit, a score that is not finite, a bound that is
 * negative or not finite, and when `rescore` returns another number of scores or one that the bound
 * excludes; InvalidOptionError for an unknown side; LimitExceededError when n scores do not fit in one
 * binding (2^25 at 128 MiB).
 * Source: method.md, step 5.
 */
export function createSelect(session: Session): Select {
  async function prepare(): Promise<PreparedSelect> {
    const [count, pick] = await Promise.all([
      session.pipeline(selectSources.count),
      session.pipeline(selectSources.pick),
    ]);
    return { encode: (step, io) => encodeSelect({ count, pick }, step, io) };
  }

  return {
    prepare,
    async run({ scores, count, side, errorBound, rescore }) {
      const onHost = scores instanceof Float32Array;
      const n = onHost ? scores.length : scores.n;
      checkCut('select', n, count, side);
      checkBound(errorBound, n);
      if (onHost) checkFinite(scores);
      if (count === 0) return new Uint32Array(0);
      if (count === n) return Uint32Array.from({ length: n }, (_, row) => row);
      const { encode } = await prepare();
      const [state, bytes] = await session.submit('select', (step) => {
        const buffer = onHost ? step.upload(scores, 'select: scores') : scores.buffer;
        const cut = { buffer: encode(step, { n, scores: buffer, count, side }), bytes: 4 };
        return onHost ? [cut] : [cut, { buffer, bytes: n * 4 }];
      });
      const values = onHost ? scores : new Float32Array(bytes);
      if (!onHost) checkFinite(values);
      const cut = cutBounds(values, cutScore(state, side), count, side, errorBound);
      const errorOf = typeof errorBound === 'number' ? () => errorBound : (row: number) => errorBound[row];
      return certifyCut({
        scores: values,
        errorOf,
        cut,
        count,
        side,
        rescore: checkedRescore(values, errorOf, rescore),
      });
    },
  };
}

type SelectPipelines = Readonly<Record<keyof typeof selectSources, GPUComputePipeline>>;

function encodeSelect(pipelines: SelectPipelines, step: Step, { n, scores, count, side }: SelectIo): GPUBuffer {
  const stateBytes = (3 + 256) * 4;
  const initial = new Uint32Array(3 + 256);
  // prefix 0, the rank wanted, and the highest digit first.
  initial.set([0, count, 24]);
  const state = { buffer: step.upload(initial, 'select: state'), size: stateBytes };
  const sizes = { buffer: step.uniform(uniformData([n, flipOf(side)]), 'select: sizes') };
  for (let digit = 0; digit < 4; digit++) {
    step.dispatch({
      label: selectSources.count.label,
      pipeline: pipelines.count,
      bindings: [sizes, { buffer: scores, size: n * 4 }, state],
      workgroups: Math.ceil(n / (SELECT_WORKGROUP * SELECT_ROWS_PER_LANE)),
    });
    step.dispatch({ label: selectSources.pick.label, pipeline: pipelines.pick, bindings: [state], workgroups: 1 });
  }
  return state.buffer;
}

/**
 * Bounds of the `count`-th true score. With one bound for all they are the cut's own. With a bound for
 * each row: the `count`-th lower and the `count`-th upper bound, since raising every score never lowers
 * the `count`-th.
 */
function cutBounds(
  scores: Float32Array,
  score: number,
  count: number,
  side: SelectSide,
  errorBound: number | Float32Array,
) {
  if (typeof errorBound === 'number') {
    const error = widened(score, errorBound);
    return { low: score - error, high: score + error };
  }
  const nth = (sign: number) => {
    const bounds = Float64Array.from(scores, (s, row) => s + sign * widened(s, errorBound[row])).sort();
    return bounds[side === 'bottom' ? count - 1 : scores.length - count];
  };
  return { low: nth(-1), high: nth(1) };
}

/** `rescore`, whose answers are checked: a score that its bound excludes means that the bound does not hold. */
function checkedRescore(scores: Float32Array, errorOf: (row: number) => number, rescore: SelectInput['rescore']) {
  return (rows: Uint32Array): Float64Array => {
    const truth = rescore(rows);
    if (truth.length !== rows.length) {
      throw new InvalidInputError(
        `select: rescore returned ${truth.length} scores, expected ${rows.length}, one a row`,
      );
    }
    const at = rows.findIndex((row, i) => !holds(scores[row], errorOf(row), truth[i]));
    if (at >= 0) {
      const row = rows[at];
      throw new InvalidInputError(
        `select: row ${row} was scored ${scores[row]} and then ${truth[at]}, expected a difference of at most ${errorOf(row)}`,
        { hint: 'Give an error bound that holds for every row.' },
      );
    }
    return truth;
  };
}

function checkFinite(scores: Float32Array): void {
  const row = scores.findIndex((score) => !Number.isFinite(score));
  if (row >= 0) throw new InvalidInputError(`select: score of row ${row} is ${scores[row]}, expected a finite number`);
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
