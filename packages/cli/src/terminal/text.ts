/** Breaks text at spaces so that no line is longer than `width`, except for a single longer word. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

/** Shortens text to `width` characters, with an ellipsis. */
export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** 12345 -> "12,345"; numbers below 10 keep one digit after the point. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');
}

/** Milliseconds as "0.8 s", "42 s", "3:05" or "1:02:09". */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** Bytes as "512 B", "1.2 KiB", "345.0 MiB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** Lines of two columns: names, then texts wrapped beside them. */
export function twoColumns(
  rows: readonly (readonly [string, string])[],
  width: number,
  paintName: (name: string) => string = (name) => name,
): string {
  const indent = 2;
  const nameWidth = Math.min(28, Math.max(0, ...rows.map(([name]) => name.length)));
  const textColumn = indent + nameWidth + 2;
  const lines: string[] = [];
  for (const [name, text] of rows) {
    const wrapped = wrap(text, Math.max(24, width - textColumn));
    const head = `${' '.repeat(indent)}${paintName(name)}`;
    if (name.length > nameWidth) lines.push(head, `${' '.repeat(textColumn)}${wrapped[0]}`);
    else lines.push(`${head}${' '.repeat(nameWidth - name.length + 2)}${wrapped[0]}`.trimEnd());
    for (const more of wrapped.slice(1)) lines.push(`${' '.repeat(textColumn)}${more}`);
  }
  return lines.join('\n');
}
