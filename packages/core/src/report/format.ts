const minus = '\u2212';
const thinSpace = '\u202f';

/** A number with a fixed count of digits after the point and a true minus sign; never "-0.000". */
export function fixed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? minus + text : text;
}

/** A difference with its sign, e.g. +0.012. */
export function signed(value: number, digits: number): string {
  const text = fixed(value, digits);
  return text.startsWith(minus) || Number(text) === 0 ? text : `+${text}`;
}

/** A share as a percentage, e.g. 0.689 as "68.9 %". */
export function percent(share: number, digits = 1): string {
  return `${fixed(100 * share, digits)}${thinSpace}%`;
}

/** An integer, from five digits on with groups of three. */
export function integer(value: number): string {
  const digits = String(Math.abs(Math.round(value)));
  const grouped = digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, thinSpace);
  return value < 0 && digits !== '0' ? minus + grouped : grouped;
}

/** Three significant digits with an SI prefix, e.g. 1.23e12 FLOP as "1.23 TFLOP". */
export function withPrefix(value: number, unit: string): string {
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
  let scaled = value;
  let step = 0;
  // 999.5 rounds up to 1000: it belongs to the next prefix.
  while (Math.abs(scaled) >= 999.5 && step < prefixes.length - 1) {
    scaled /= 1000;
    step++;
  }
  const size = Math.abs(scaled);
  const digits = size === 0 || (step === 0 && Number.isInteger(value)) ? 0 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return `${fixed(scaled, digits)}${thinSpace}${prefixes[step]}${unit}`;
}

/** Milliseconds as ms, s, min or h. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${fixed(ms, ms < 9.95 ? 1 : 0)}${thinSpace}ms`;
  const seconds = ms / 1000;
  if (seconds < 99.95) return `${fixed(seconds, 1)}${thinSpace}s`;
  const minutes = Math.round(seconds / 60);
  if (seconds < 600) {
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)}${thinSpace}min ${whole % 60}${thinSpace}s`;
  }
  if (minutes < 60) return `${minutes}${thinSpace}min`;
  return `${Math.floor(minutes / 60)}${thinSpace}h ${minutes % 60}${thinSpace}min`;
}

/** Bytes in binary units. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let scaled = count;
  let step = 0;
  while (scaled >= 1023.5 && step < units.length - 1) {
    scaled /= 1024;
    step++;
  }
  return `${fixed(scaled, step === 0 || scaled >= 99.5 ? 0 : 1)}${thinSpace}${units[step]}`;
}

/** Up to `digits` significant digits, without trailing zeros; for ticks and values of unknown size. */
export function significant(value: number, digits = 4): string {
  return String(Number(value.toPrecision(digits))).replace('-', minus);
}

/** "1 image", "2 images". */
export function counted(count: number, noun: string): string {
  return `${integer(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** "a", "a and b", "a, b and c". */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
