import { InvalidInputError, InvalidOptionError } from '../../errors.ts';
import type { ClassProbabilityInput } from '../class-probability/class-probability.input.ts';
import { classProbabilityReference } from '../class-probability/class-probability.reference.ts';
import { rankReference } from '../rank/rank.reference.ts';
import type { SelectSide } from './certify-cut.ts';

/** Throws InvalidInputError unless `count` of n rows can be taken, InvalidOptionError for an unknown side. */
export function checkCut(where: string, n: number, count: number, side: SelectSide): void {
  if (!Number.isInteger(count) || count < 0 || count > n) {
    throw new InvalidInputError(`${where}: count is ${count}, expected a whole number from 0 to n = ${n}`);
  }
  if (side !== 'bottom' && side !== 'top') {
    throw new InvalidOptionError(`${where}: side is ${String(side)}, expected bottom or top`);
  }
}

/** The kernel `select` in plain code: `count` rows with the lowest or highest scores, ascending; ties to the lower row. */
export function selectReference(scores: ArrayLike<number>, count: number, side: SelectSide): Uint32Array {
  checkCut('select', scores.length, count, side);
  return rankReference(scores, side === 'bottom' ? 'ascending' : 'descending')
    .slice(0, count)
    .sort();
}

/** Selection by own-class log-odds. */
export interface SelectByLogOddsInput extends ClassProbabilityInput {
  /** How many rows to take, exactly. */
  readonly count: number;
  /** `bottom`: the least sure rows. `top`: the surest. */
  readonly side: SelectSide;
}

/** `selectByLogOdds` in float64 throughout: what every adapter's rows must equal. */
export function selectByLogOddsReference(input: SelectByLogOddsInput): {
  rows: Uint32Array;
  probability: Float64Array;
  logOdds: Float64Array;
} {
  const scores = classProbabilityReference(input);
  return { rows: selectReference(scores.logOdds, input.count, input.side), ...scores };
}
