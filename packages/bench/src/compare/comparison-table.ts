import { duration } from '../harness/format.ts';
import { columns } from '../harness/table.ts';
import type { ComparedKernel, Comparison, PlaceGroup, Verdict } from './comparison.ts';
import type { NamedRecord } from './named-record.ts';
import { partTitles, type TimingPart, timingParts } from './timing-parts.ts';
import { groupNotCompared, intervalNote, notComparedWho, placeTitles, ratioWords } from './words.ts';

const escapeCode = String.fromCharCode(27);
const codes: Readonly<Partial<Record<Verdict, number>>> = { faster: 32, slower: 31 };

/** Cases that a reason names before it counts the rest. */
const namedCases = 3;

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}\n`).join('');

/** One candidate's cases of a suite by one kind of time. */
function renderKernels(kernels: readonly ComparedKernel[], { records, baseline, means }: PlaceGroup, colors: boolean) {
  const [{ suite, candidate, title, part }] = kernels;
  const others = records.filter((key) => key !== baseline);
  const head = ['', baseline, ...others.flatMap((key) => [`${key} / ${baseline}`, ''])];
  const verdicts: (Verdict | undefined)[][] = [];
  const rows = kernels.map((kernel) => {
    const found = others.map((key) => kernel.others.find(({ record }) => record === key));
    verdicts.push(found.map((other) => other?.verdict));
    const cells = found.flatMap((other) => (other === undefined ? ['-', ''] : [ratioWords(other), other.verdict]));
    return [kernel.caseName, duration(kernel.baselineMs), ...cells];
  });
  const own = means.filter((mean) => mean.suite === suite && mean.candidate === candidate && mean.part === part);
  if (own.some(({ caseCount }) => caseCount > 1)) {
    const cells = others.flatMap((key) => {
      const mean = own.find(({ record }) => record === key);
      return mean === undefined ? ['-', ''] : [ratioWords({ ratio: { ratio: mean.ratio } }), `${mean.caseCount} cases`];
    });
    rows.push(['geometric mean', '', ...cells]);
  }
  const paint = (text: string, row: number, column: number) => {
    const code = codes[verdicts[row - 1]?.[Math.floor((column - 2) / 2)] ?? 'no difference'];
    return colors && column > 1 && code !== undefined ? `${escapeCode}[${code}m${text}${escapeCode}[39m` : text;
  };
  return `${suite}: ${title}, ${partTitles[part]}\n${indented(columns([head, ...rows], paint))}`;
}

function renderGroup(group: PlaceGroup, colors: boolean): string[] {
  const { place, baseline, kernels } = group;
  if (kernels.length === 0) return [];
  const tables = new Map<string, ComparedKernel[]>();
  const order = (part: TimingPart) => timingParts.indexOf(part);
  for (const kernel of [...kernels].sort((a, b) => order(a.part) - order(b.part))) {
    const key = JSON.stringify([kernel.part, kernel.suite, kernel.candidate]);
    tables.set(key, [...(tables.get(key) ?? []), kernel]);
  }
  return [
    `${placeTitles[place]}; baseline ${baseline}\n`,
    ...[...tables.values()].map((table) => renderKernels(table, group, colors)),
  ];
}

/** A comparison for a terminal: who is compared, a table for each candidate of a suite, and last what is not compared. */
export function renderComparison(
  records: readonly NamedRecord[],
  { baseline, groups, notCompared }: Comparison,
  colors: boolean,
): string {
  const blocks = [
    records
      .map(({ key, name, record, file }) => {
        const software = record.adapter?.isSoftware ? ' (software)' : '';
        return `${key}  ${name}${software}, ${file}${key === baseline ? ' (baseline)' : ''}\n`;
      })
      .join(''),
    ...groups.flatMap((group) => renderGroup(group, colors)),
  ];
  blocks.push(
    groups.some(({ kernels }) => kernels.length > 0)
      ? `${intervalNote}\n`
      : 'Nothing of these records may be compared.\n',
  );
  if (notCompared.length > 0) {
    const lines = groupNotCompared(notCompared).flatMap((group) => {
      const more = group.cases.length - namedCases;
      const names = group.cases.slice(0, namedCases).join('; ');
      return [`${notComparedWho(group)}: ${group.reason}`, `  ${names}${more > 0 ? `; and ${more} more` : ''}`];
    });
    blocks.push(`Not compared\n${indented(lines)}`);
  }
  return blocks.join('\n');
}
