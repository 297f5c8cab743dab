import { InvalidInputError } from '../../errors.ts';
import type { Matrix } from '../../matrix.ts';
import { checkShape } from '../check-matrix.ts';

/** Logits and the class of each row. */
export interface ClassProbabilityInput {
  /** [n, c]: one row a sample, one column a class; `d` is the class count c >= 1. */
  readonly logits: Matrix;
  /** [n]: the class whose probability and log-odds are asked for, below c. */
  readonly labels: Uint32Array;
}

/**
 * The largest magnitude of a logit. Differences and sums of such logits stay finite in f32; a network
 * with larger ones has diverged.
 */
export const MAX_LOGIT = 2 ** 100;

/** Throws InvalidInputError unless shapes fit, logits are finite and labels name a class. `where` opens the message. */
export function checkLogits(where: string, { logits, labels }: ClassProbabilityInput): void {
  const { data, n, d: c } = logits;
  checkShape(where, 'logits', logits);
  if (labels.length !== n) {
    throw new InvalidInputError(`${where}: ${labels.length} labels, expected n = ${n}`);
  }
  for (let row = 0; row < n; row++) {
    if (labels[row] >= c) {
      throw new InvalidInputError(`${where}: label of row ${row} is ${labels[row]}, expected less than c = ${c}`);
    }
  }
  for (let i = 0; i < data.length; i++) {
    // Written so that NaN fails too.
    if (!(Math.abs(data[i]) <= MAX_LOGIT)) {
      throw new InvalidInputError(
        `${where}: logit of row ${Math.floor(i / c)}, class ${i % c} is ${data[i]}, expected a finite value within +-${MAX_LOGIT}`,
        { hint: 'Look for a diverged training: lower the learning rate.' },
      );
    }
  }
}
