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
