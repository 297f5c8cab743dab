import { InvariantError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import { logOddsErrorBound } from '../class-probability/class-probability.bounds.ts';
import { checkLogits } from '../class-probability/class-probability.input.ts';
import { ownClassLogOdds } from '../class-probability/class-probability.reference.ts';
import { type ClassProbabilityOutput, createClassProbability } from '../class-probability/class-probability.ts';
import { certifyCut, holds, widened } from './certify-cut.ts';
import { cutScore } from './select.encode.ts';
import { checkCut, type SelectByLogOddsInput } from './select.reference.ts';
import { createSelect } from './select.ts';

export interface SelectByLogOddsOutput extends ClassProbabilityOutput {
  /** [count] ascending row indices; equal log-odds go to the lower row. */
  readonly rows: Uint32Array;
}

export interface SelectByLogOdds {
  run(input: SelectByLogOddsInput): Promise<SelectByLogOddsOutput>;
}

/**
 * The `count` least (or most) sure rows: `class-probability` and the cut of `select` in one submission
 * and one readback, certified with `logOddsErrorBound`.
 *
 * Formula: `order.slice(0, count)` of the order of the float64 log-odds of the f32 logits
 * (`ownClassLogOdds`), returned ascending. Logits are [n, c], labels [n]; probability and log-odds are
 * returned for all n rows.
 *
 * Empty input: empty arrays. count = 0: no rows, but all probabilities.
 * Deterministic; the rows are the same on every adapter and in `selectByLogOddsReference`.
 * Error bounds of probability and log-odds: those of `class-probability`.
 * Throws what `class-probability` and `select` throw; InvariantError on a driver less accurate than WGSL demands.
 * Source: method.md, step 5.
 */
export function createSelectByLogOdds(session: Session): SelectByLogOdds {
  const classProbability = createClassProbability(session);
  const select = createSelect(session);

  return {
    async run({ logits, labels, count, side }) {
      checkLogits('select', { logits, labels });
      const { data, n, d: c } = logits;
      checkCut('select', n, count, side);
      if (n === 0) {
        return { rows: new Uint32Array(0), probability: new Float32Array(0), logOdds: new Float32Array(0) };
      }
      const [scoring, cutting] = await Promise.all([classProbability.prepare(), select.prepare()]);
      const buffers = await session.submit('select by log-odds', (step) => {
        const probability = { buffer: step.temporary(n * 4, 'select: probability'), bytes: n * 4 };
        const logOdds = { buffer: step.temporary(n * 4, 'select: log-odds'), bytes: n * 4 };
        scoring.encode(step, {
          n,
          c,
          logits: step.upload(data, 'select: logits'),
          labels: step.upload(labels, 'select: labels'),
          probability: probability.buffer,
          logOdds: logOdds.buffer,
        });
        if (count === 0 || count === n) return [probability, logOdds];
        const state = cutting.encode(step, { n, scores: logOdds.buffer, count, side });
        return [probability, logOdds, { buffer: state, bytes: 4 }];
      });
      const probability = new Float32Array(buffers[0]);
      const logOdds = new Float32Array(buffers[1]);
      if (count === 0) return { rows: new Uint32Array(0), probability, logOdds };
      if (count === n) return { rows: Uint32Array.from(logOdds, (_, row) => row), probability, logOdds };
      const errorOf = (row: number) => logOddsErrorBound(Math.abs(logOdds[row]), c);
      const score = cutScore(buffers[2], side);
      if (!Number.isFinite(score))
        throw new InvariantError(`select: the cut's score is ${score}, expected a finite number`);
      // score +- bound(score) rises with the score, so the bounds of the cut are those of the count-th row.
      const error = widened(score, logOddsErrorBound(Math.abs(score), c));
      const rows = certifyCut({
        scores: logOdds,
        errorOf,
        cut: { low: score - error, high: score + error },
        count,
        side,
        rescore: (borderline, scores) => {
          const truth = Float64Array.from(borderline, (row) => ownClassLogOdds(logits, row, labels[row]));
          const at = borderline.findIndex((row, i) => !holds(scores[i], errorOf(row), truth[i]));
          if (at >= 0) {
            throw new InvariantError(
              `select: log-odds of row ${borderline[at]} are ${scores[at]}, expected ${truth[at]} within ${errorOf(borderline[at])}`,
              { hint: 'The driver computes less accurately than WGSL demands: use the CPU, and report the adapter.' },
            );
          }
          return truth;
        },
      });
      return { rows, probability, logOdds };
    },
  };
}
