import type { CandidateResult } from '../record.ts';
import type { Ratio } from './statistics.ts';

/** Three digits that count. */
export function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toPrecision(3);
}

export function duration(ms: number): string {
  return ms >= 10_000 ? `${digits(ms / 1000)} s` : `${digits(ms)} ms`;
}

/** With its interval. */
export function ratioText({ ratio, low, high }: Ratio): string {
  return `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** Share of the peak that bounds it: a roofline's limit is the nearer of the two. */
export function shareText(share: CandidateResult['peakShare']): string {
  const arithmetic = share?.arithmetic ?? 0;
  const bandwidth = share?.bandwidth ?? 0;
  if (arithmetic === 0 && bandwidth === 0) return '-';
  const [rate, what] = arithmetic >= bandwidth ? [arithmetic, 'arithmetic'] : [bandwidth, 'bandwidth'];
  return `${digits(100 * rate)} % ${what}`;
}
