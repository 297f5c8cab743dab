import { type Child, details, element, figure, forBothWidths, type Markup, section, table } from '@csx/core/page';
import { digits, duration } from '../harness/format.ts';
import { type ComparedKernel, isOwn, type PlaceGroup, type SuiteMean } from './comparison.ts';
import { ratioChart } from './ratio-chart.ts';
import { seriesLegend } from './series-look.ts';
import { partTitles, timingParts } from './timing-parts.ts';
import { placeTitles, ratioWords } from './words.ts';

const wideWidth = 1040;

/** Groups in the order in which they first come. */
function groupBy<T>(values: readonly T[], key: (value: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(key(value), [...(groups.get(key(value)) ?? []), value]);
  return [...groups.values()];
}

function kernelTable(kernels: readonly ComparedKernel[], baseline: string, caption: string): Markup {
  return table(
    caption,
    [
      { head: 'Case' },
      { head: `${baseline}, median`, numeric: true },
      { head: 'samples', numeric: true },
      { head: 'Record' },
      { head: 'median', numeric: true },
      { head: 'samples', numeric: true },
      { head: `time / ${baseline}`, numeric: true },
      { head: '' },
    ],
    kernels.flatMap(({ caseName, baselineMs, baselineSampleCount, others }) =>
      others.map((other, i) => [
        i === 0 ? caseName : '',
        i === 0 ? duration(baselineMs) : '',
        i === 0 ? String(baselineSampleCount) : '',
        other.record,
        duration(other.ms),
        String(other.sampleCount),
        ratioWords(other),
        other.verdict,
      ]),
    ),
  );
}

/** One candidate's cases of a suite by one kind of time: the plot and its figures. */
function kernelFigure(
  id: string,
  kernels: readonly ComparedKernel[],
  baseline: string,
  records: readonly string[],
): Markup {
  const [{ suite, title, part }] = kernels;
  const what = `${suite}, ${title}, ${partTitles[part]}`;
  return element(
    'div',
    { class: 'kernel' },
    figure(
      [element('b', {}, title), element('span', { class: 'soft' }, partTitles[part])],
      forBothWidths(id, wideWidth, (chartId, width) =>
        ratioChart({ id: chartId, title: `Time ratios: ${what}`, width, kernels, baseline, records }),
      ),
    ),
    details(`The figures: ${title}, ${partTitles[part]}`, kernelTable(kernels, baseline, what)),
  );
}

function suiteBlock(
  id: string,
  kernels: readonly ComparedKernel[],
  baseline: string,
  records: readonly string[],
): Markup {
  const parts = [...kernels].sort((a, b) => timingParts.indexOf(a.part) - timingParts.indexOf(b.part));
  const figures = (some: readonly ComparedKernel[], kind: string) =>
    groupBy(some, ({ candidate, part }) => JSON.stringify([candidate, part])).map((group, i) =>
      kernelFigure(`${id}-${kind}${i}`, group, baseline, records),
    );
  const own = parts.filter(({ candidate }) => isOwn(candidate));
  const others = parts.filter(({ candidate }) => !isOwn(candidate));
  const names = [...new Set(others.map(({ title }) => title))];
  return element(
    'div',
    { class: 'suite' },
    element('h3', {}, kernels[0].suite),
    figures(own, 'own'),
    others.length === 0 ? null : details(`Beside csx: ${names.join('; ')}`, figures(others, 'other')),
  );
}

/** All ratios of one place. */
export function placeSection(
  { place, kernels, baseline, records: members }: PlaceGroup,
  records: readonly string[],
  name: (key: string) => string,
): Markup | null {
  if (kernels.length === 0) return null;
  return section(
    `place-${place}`,
    placeTitles[place],
    `Dots are ratios of median times, bars their 95 % intervals. Left of the line at 1 is faster than ${baseline}, right of it slower; a hollow mark is neither, as far as its samples tell.`,
    seriesLegend(
      members.map((key) => ({
        index: records.indexOf(key),
        label: key === baseline ? `${name(key)} (baseline: the line at 1)` : name(key),
      })),
    ),
    groupBy(kernels, ({ suite }) => suite).map((suite, i) => suiteBlock(`${place}-${i}`, suite, baseline, records)),
  );
}

/** A row for each kind of time of a candidate, a column for each record. */
function meansTable(means: readonly SuiteMean[], { place, baseline, records }: PlaceGroup): Markup {
  const others = records.filter((key) => key !== baseline);
  const cell = (mean: SuiteMean | undefined): Child => {
    if (mean === undefined) return '-';
    const { ratio, least, largest, caseCount } = mean;
    const range = caseCount === 1 ? '1 case' : `${digits(least)} to ${digits(largest)}, ${caseCount} cases`;
    return [element('b', {}, digits(ratio)), element('div', { class: 'soft' }, range)];
  };
  return table(
    `${placeTitles[place]}: geometric means of the cases; below, the least and the largest ratio`,
    [
      { head: 'Suite' },
      { head: 'Candidate' },
      { head: 'Time' },
      ...others.map((key) => ({ head: `${key} / ${baseline}`, numeric: true })),
    ],
    groupBy(means, ({ suite, candidate, part }) => JSON.stringify([suite, candidate, part])).map((row) => [
      row[0].suite,
      row[0].title,
      partTitles[row[0].part],
      ...others.map((key) => cell(row.find(({ record }) => record === key))),
    ]),
  );
}

/** The shortest answer: the mean of each suite. */
export function meansSection(groups: readonly PlaceGroup[], lead: string): Markup | null {
  if (groups.every(({ means }) => means.length === 0)) return null;
  return section(
    'means',
    'In short',
    lead,
    groups.map((group) => {
      const own = group.means.filter(({ candidate }) => isOwn(candidate));
      const others = group.means.filter(({ candidate }) => !isOwn(candidate));
      return [
        own.length === 0 ? null : meansTable(own, group),
        others.length === 0 ? null : details(`Beside csx: ${placeTitles[group.place]}`, meansTable(others, group)),
      ];
    }),
  );
}
