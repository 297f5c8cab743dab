import { seriesBelow } from './row-loss.wgsl.ts';
import { focalFactors } from './softmax-cross-entropy.reference.ts';

/** A row, its errors in units of u, relative where they are of positive numbers. */
interface FocalRow {
  /** [c] */
  readonly p: readonly number[];
  /** [c]: of exp(t_j) */
  readonly expErrors: readonly number[];
  /** Of the sum of them. */
  readonly rho: number;
  readonly label: number;
  /** |t| of the label. */
  readonly fall: number;
  readonly logSum: number;
  /** Of the logits, absolute. */
  readonly delta: number;
}

/**
 * Errors of a row's focal loss (absolute) and of its gradient (relative), in units of u. With p the own probability, q = 1 - p,
 * e = -log p, and the accuracies of WGSL's operations:
 * - q: the mean error of the other exponentials under their probabilities, c - 2 additions, rho, and 2.5 for the division;
 * - e: log s + |t_y| as of the plain loss; or q times its series: 1.1 of q's error, 10 for nine operations and what the
 *   series leaves out (q^5 / 6 < u / 4); both around the threshold, since the kernel's q may lie on its other side;
 * - r = e / q: that of e over q, that of q, and 2.5; or by the series 10 and 0.1 of q's error;
 * - q^gamma = exp2(gamma log2 q), with x the exponent: gamma of q's error, 3 gamma + 5 |x| + 3 for log2 (4 absolute or 3
 *   relative), the product and exp2 (3 + 2 |x|);
 * - factor q^gamma (1 + gamma p r): that, the error of gamma p r (p: its exponential, rho and 2.5; 2 products) over the sum, 2;
 * - gradient: the factor, q or p_j, and 1.
 */
export function focalBounds(
  { p, expErrors, rho, label, fall, logSum, delta }: FocalRow,
  gamma: number,
): { readonly loss: number; readonly gradient: readonly number[] } {
  const others = p.filter((_, j) => j !== label);
  const q = others.reduce((sum, value) => sum + value, 0);
  if (q === 0) return { loss: 0, gradient: p.map(() => 0) };
  const errorSum = p.reduce((sum, value, j) => sum + (j === label ? 0 : value * expErrors[j]), 0);
  const qError = errorSum / q + p.length + rho + 2.5;
  const entropy = logSum + fall;
  const bySeries = q < seriesBelow * 1.02;
  const byLog = q > seriesBelow * 0.98;
  const entropyError =
    (bySeries ? entropy * (1.1 * qError + 10) : 0) +
    (byLog ? rho + 4 + 3 * logSum + 3 * fall + 2 * delta + 2 * entropy : 0);
  const r = entropy / q;
  const ratioError = (bySeries ? r * (10 + 0.1 * qError) : 0) + (byLog ? entropyError / q + r * (qError + 2.5) : 0);
  const exponent = Math.abs(gamma * Math.log2(q));
  const powerError = gamma * qError + 3 * gamma + 5 * exponent + 3;
  const own = gamma * p[label];
  const bracketError = (own * r * (expErrors[label] + rho + 4.5) + own * ratioError) / (1 + own * r);
  const factorError = powerError + bracketError + 2;
  const power = focalFactors(q, gamma).loss;
  return {
    loss: power * (entropyError + entropy * (powerError + 1)),
    gradient: p.map((_, j) => factorError + 1 + (j === label ? qError : expErrors[j] + rho + 2.5)),
  };
}
