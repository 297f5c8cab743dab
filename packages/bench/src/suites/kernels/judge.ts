import { createStream } from '@csx/core';
import type { Judgement } from '../bench-case.ts';

/** A part of what came out: what it should be, and how far each value may be from it. */
export interface Expected {
  readonly values: ArrayLike<number>;
  /** 0: exact. */
  bound(at: number): number;
}

/** NaN stays NaN, and is no less than any bound. */
function shareOfBound(value: number, expected: number, bound: number): number {
  return value === expected ? 0 : Math.abs(value - expected) / bound;
}

/** Compares every value with the parts, one behind the other; the error is the largest share of a bound. */
export function judgeWithin(what: string, values: Float32Array, parts: readonly Expected[]): Judgement {
  const length = parts.reduce((sum, part) => sum + part.values.length, 0);
  if (values.length !== length) return wrongLength(values.length, length);
  let error = 0;
  let first = 0;
  for (const part of parts) {
    for (let at = 0; at < part.values.length; at++) {
      error = Math.max(error, shareOfBound(values[first + at], part.values[at], part.bound(at)));
    }
    first += part.values.length;
  }
  return { what: `${what}, as a share of its bound`, error, bound: 1 };
}

/** Nothing to compare. */
export function wrongLength(length: number, expected: number): Judgement {
  return { what: `${length} values, expected ${expected}`, error: Infinity, bound: 1 };
}

export const exact = () => 0;

/** Most elements that are computed anew in float64 where each is costly. */
const drawnCount = 2000;

/** Compares elements drawn at random, or all where there are few; what one should be is computed when it is drawn. */
export function judgeDrawn(
  what: string,
  values: Float32Array,
  length: number,
  seed: number,
  exactly: (at: number) => { readonly value: number; readonly bound: number },
): Judgement {
  if (values.length !== length) return wrongLength(values.length, length);
  const stream = createStream(seed, 'testData', 9);
  const count = Math.min(length, drawnCount);
  let error = 0;
  for (let i = 0; i < count; i++) {
    const at = count === length ? i : stream.below(length);
    const { value, bound } = exactly(at);
    error = Math.max(error, shareOfBound(values[at], value, bound));
  }
  return { what: `${count} of ${what}, as a share of its bound`, error, bound: 1 };
}
