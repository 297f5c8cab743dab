import { logScale } from '../../../packages/bench/src/compare/log-scale.ts';
import type { CaseResult } from '../../../packages/bench/src/record.ts';

/** Okabe and Ito's colours, told apart by colour-blind readers; from the seventh series on, marks are rings. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

function mark(index: number, x: number, y: number): string {
  const colour = colours[index % colours.length];
  const look = index < colours.length ? `fill="${colour}"` : `fill="none" stroke="${colour}" stroke-width="2"`;
  return `<circle cx="${x}" cy="${y}" r="${index < colours.length ? 4.5 : 3.5}" ${look}/>`;
}

const width = 860;
const left = 330;
const right = 20;
const rowHeight = 24;
const legendRowHeight = 20;
const axisHeight = 44;

const escapeText = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/**
 * Time ratios as dots with their 95 % intervals, a row for each case, on a logarithmic axis: right of the line at 1 is
 * slower than the baseline. An SVG, '' where nothing was measured beside the baseline.
 */
export function ratioPlot(cases: readonly CaseResult[]): string {
  const series = new Map<string, string>();
  for (const { candidates, baseline } of cases) {
    for (const { name, title, timeRatio } of candidates)
      if (name !== baseline && timeRatio !== null) series.set(name, title);
  }
  if (series.size === 0) return '';
  const names = [...series.keys()];
  const ratios = cases.flatMap(({ candidates }) => candidates.flatMap(({ timeRatio }) => timeRatio ?? []));
  const low = Math.min(0.8, ...ratios.map((ratio) => ratio.low)) / 1.1;
  const high = Math.max(1.25, ...ratios.map((ratio) => ratio.high)) * 1.1;
  const x = logScale([low, high], [left, width - right]);
  const { candidates, baseline } = cases[0];
  const baselineTitle = candidates.find(({ name }) => name === baseline)?.title ?? baseline;
  const parts: string[] = [];
  let [at, legendHeight] = [6, legendRowHeight + 6];
  names.forEach((name, index) => {
    const title = series.get(name) as string;
    const taken = 26 + 6.6 * title.length;
    if (at > 6 && at + taken > width) {
      at = 6;
      legendHeight += legendRowHeight;
    }
    const y = legendHeight - 16;
    parts.push(mark(index, at, y), `<text x="${at + 9}" y="${y + 4}">${escapeText(title)}</text>`);
    at += taken;
  });
  const bottom = legendHeight + cases.length * rowHeight;
  for (const tick of x.ticks()) {
    const isOne = tick === 1;
    parts.push(
      `<line x1="${x(tick)}" x2="${x(tick)}" y1="${legendHeight}" y2="${bottom}" stroke="currentColor" stroke-opacity="${isOne ? 0.8 : 0.15}"/>`,
      `<text x="${x(tick)}" y="${bottom + 16}" text-anchor="middle">${tick}</text>`,
    );
  }
  parts.push(
    `<text x="${(left + width - right) / 2}" y="${bottom + 36}" text-anchor="middle">${escapeText(`time / ${baselineTitle}`)}</text>`,
  );
  cases.forEach((one, row) => {
    const y = legendHeight + (row + 0.5) * rowHeight;
    parts.push(`<text x="${left - 12}" y="${y + 4}" text-anchor="end">${escapeText(one.name)}</text>`);
    for (const { name, timeRatio } of one.candidates) {
      if (name === one.baseline || timeRatio === null) continue;
      const colour = colours[names.indexOf(name) % colours.length];
      parts.push(
        `<line x1="${x(timeRatio.low)}" x2="${x(timeRatio.high)}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2"/>`,
        mark(names.indexOf(name), x(timeRatio.ratio), y),
      );
    }
  });
  const height = bottom + axisHeight;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Time ratios" font-size="12" fill="currentColor">${parts.join('')}</svg>`;
}
