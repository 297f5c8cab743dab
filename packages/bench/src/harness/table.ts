import type { CandidateResult, CaseResult, Peak } from '../record.ts';
import { digits, duration, ratioText, shareText } from './format.ts';
import { geometricMean } from './statistics.ts';

/** Lines of a table: the first `textColumns` set to the left, the others to the right. `paint` colors what is aligned already. */
export function columns(
  rows: readonly (readonly string[])[],
  paint: (text: string, row: number, column: number) => string = (text) => text,
  textColumns = 1,
): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row, at) =>
    row
      .map((cell, column) =>
        paint(column < textColumns ? cell.padEnd(widths[column]) : cell.padStart(widths[column]), at, column),
      )
      .join('   ')
      .trimEnd(),
  );
}

function row({
  title,
  timing,
  gflopPerSecond,
  gbytePerSecond,
  peakShare,
  timeRatio,
}: CandidateResult): readonly string[] {
  if (timing === null) return [title, '-', '', '', '', '', '', ''];
  const { medianMs, q1Ms, q3Ms, samples, repeats } = timing;
  return [
    title,
    duration(medianMs),
    `${duration(q1Ms)} to ${duration(q3Ms)}`,
    repeats === 1 ? `${samples.length}` : `${samples.length} x ${repeats}`,
    gflopPerSecond ? digits(gflopPerSecond) : '-',
    gbytePerSecond ? digits(gbytePerSecond) : '-',
    shareText(peakShare),
    timeRatio === null ? '-' : ratioText(timeRatio),
  ];
}

/** One case for people: a row for each candidate, and why those without a time have none. */
export function renderCase(result: CaseResult): string {
  const { suite, name, candidates, baseline, scaled } = result;
  const baselineTitle = candidates.find((candidate) => candidate.name === baseline)?.title ?? baseline;
  const head = ['', 'median', 'quartiles', 'samples', 'GFLOP/s', 'GB/s', 'of its peak', `time / ${baselineTitle}`];
  const lines = columns([head, ...candidates.map(row)]);
  for (const { title, status, reason } of candidates) {
    if (status !== 'measured') lines.push(`${title}: ${status} (${reason})`);
  }
  if (scaled !== null) {
    for (const { title, timing } of candidates) {
      if (timing === null) continue;
      const ms = duration(timing.medianMs * scaled.factor);
      lines.push(`${title}: ${scaled.what} would take ${ms} by this rate (scaled by ${scaled.factor}, not measured)`);
    }
  }
  return `${suite}: ${name}\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

/** What the shares of the tables refer to. */
export function renderPeaks(peaks: readonly Peak[]): string {
  const text = (rate: number | null, unit: string) => (rate === null ? `no ${unit}` : `${digits(rate)} ${unit}`);
  return peaks
    .map(
      ({ device, name, gflopPerSecond, gbytePerSecond, how }) =>
        `peaks of the ${device} ${name}: ${text(gflopPerSecond, 'GFLOP/s')}, ${text(gbytePerSecond, 'GB/s')} copied (read and written)\n  by ${how}\n`,
    )
    .join('');
}

/** Geometric means of the time ratios over the cases of a suite that both sides did, by kind of pass where there is one. */
export function renderMeans(results: readonly CaseResult[]): string {
  const groups = new Map<string, { baseline: string; ratios: Map<string, number[]> }>();
  for (const { suite, shape, candidates, baseline } of results) {
    const key = shape.pass === undefined ? suite : `${suite}, ${shape.pass}`;
    const group = groups.get(key) ?? { baseline, ratios: new Map<string, number[]>() };
    groups.set(key, group);
    for (const { name, title, timeRatio } of candidates) {
      if (name === baseline) group.baseline = title;
      else if (timeRatio !== null) group.ratios.set(title, [...(group.ratios.get(title) ?? []), timeRatio.ratio]);
    }
  }
  const blocks: string[] = [];
  for (const [key, { baseline, ratios }] of groups) {
    const rows = [...ratios]
      .filter(([, values]) => values.length > 1)
      .map(([title, values]) => [
        title,
        geometricMean(values).toFixed(2),
        `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`,
        String(values.length),
      ]);
    if (rows.length === 0) continue;
    const lines = columns([['', `mean of time / ${baseline}`, 'range', 'cases'], ...rows]);
    blocks.push(`${key}, geometric means\n${lines.map((line) => `  ${line}`).join('\n')}\n`);
  }
  return blocks.join('\n');
}
