import { fixed, percent, signed } from '../../report/format.ts';

const dash = '\u2013';

interface Shown {
  readonly mean?: number | undefined;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** A mean with its interval: "0.8412 [0.8390, 0.8434]"; a dash where there is none. */
export function withInterval(value: Shown | undefined, format: (value: number) => string): string {
  if (value?.mean === undefined) return dash;
  const { mean, low, high } = value;
  return low === undefined || high === undefined ? format(mean) : `${format(mean)} [${format(low)}, ${format(high)}]`;
}

export const area = (value: number): string => fixed(value, 4);
export const difference = (value: number): string => signed(value, 4);
export const share = (value: number): string => percent(value);

/** A probability of a test: three digits, and never a plain 0. */
export const probability = (value: number | undefined): string =>
  value === undefined ? dash : value < 0.001 ? '< 0.001' : fixed(value, 3);

/** A pair as the paper names it, major first. */
export const pairName = ({ minor, major }: { readonly minor: string; readonly major: string }): string =>
  `${major}\u2060\u2013\u2060${minor}`;

/** Ends of an interval that a plot shows: two seeds leave it so wide that it would say nothing. */
export function drawnInterval({ n, low, high }: Shown & { readonly n: number }): {
  readonly low: number | undefined;
  readonly high: number | undefined;
} {
  return n < 3 ? { low: undefined, high: undefined } : { low, high };
}
