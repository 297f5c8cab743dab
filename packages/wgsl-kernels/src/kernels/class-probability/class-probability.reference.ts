import type { Matrix } from '../../matrix.ts';
import { type ClassProbabilityInput, checkLogits } from './class-probability.input.ts';
import { portableExp, portableLog } from './portable-exp-log.ts';

/**
 * Log-odds of a row when there is one class only, whose true value is infinite: finite in f32, and so
 * large that 1 - p = e^-1024 is 0 and p is 1, in f32 and in float64 alike.
 */
export const SINGLE_CLASS_LOG_ODDS = 1024;

/**
 * Own-class log-odds of one row in float64: `z[y] - logsumexp(z of the others)`.
 *
 * This is the score that decides a selection: every JavaScript engine returns the same bits.
 * Error at most 2^-50 * (|z[y] - max| + c + 4), that is, a few units in the last place.
 */
export function ownClassLogOdds(logits: Matrix, row: number, label: number): number {
  const { data, d: c } = logits;
  if (c === 1) return SINGLE_CLASS_LOG_ODDS;
  const start = row * c;
  let largest = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < c; j++) {
    if (j !== label && data[start + j] > largest) largest = data[start + j];
  }
  let sum = 0;
  for (let j = 0; j < c; j++) {
    if (j !== label) sum += portableExp(data[start + j] - largest);
  }
  return data[start + label] - largest - portableLog(sum);
}

/** Own-class probability from own-class log-odds, `1 / (1 + exp(-logOdds))`, without overflow. */
export function probabilityFromLogOdds(logOdds: number): number {
  const e = portableExp(-Math.abs(logOdds));
  return logOdds >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** The kernel `class-probability` in float64: the same arguments, results not rounded to f32. */
export function classProbabilityReference(input: ClassProbabilityInput): {
  probability: Float64Array;
  logOdds: Float64Array;
} {
  checkLogits('class-probability', input);
  const { logits, labels } = input;
  const logOdds = Float64Array.from(labels, (label, row) => ownClassLogOdds(logits, row, label));
  return { probability: logOdds.map(probabilityFromLogOdds), logOdds };
}
