import type { ArmCost, RunRecord } from '../run/record.ts';
import { fixed } from './format.ts';
import { type Series, seriesLabel, seriesOf } from './series-style.ts';

interface SummaryColumn {
  readonly head: string;
  readonly text: (series: Series) => string;
  /** Columns that have a best value, which is marked. */
  readonly value?: (series: Series) => number;
}

/**
 * The main figures of a run as plain text for a terminal, at most 80 characters wide with CIFAR-10's classes: one line
 * for the control and for each arm, the highest value of each quality marked with an asterisk.
 */
export function renderSummaryTable(record: RunRecord): string {
  const series = seriesOf(record);
  const arm = (name: string) => record.arms.find((one) => one.name === name);
  const share = (value: (series: Series) => number) => ({
    value,
    text: (one: Series) => (100 * value(one)).toFixed(1),
  });
  const columns: SummaryColumn[] = [
    { head: 'arm', text: ({ name }) => seriesLabel(name) },
    { head: 'accuracy', ...share(({ evaluation }) => evaluation.accuracy) },
    { head: 'balanced', ...share(({ evaluation }) => evaluation.balancedAccuracy) },
    { head: 'minor recall', ...share(({ evaluation }) => evaluation.minorRecall) },
    {
      head: 'mean AP',
      value: ({ evaluation }) => evaluation.meanAveragePrecision,
      text: ({ evaluation }) => fixed(evaluation.meanAveragePrecision, 4),
    },
    { head: 'synthetic', text: ({ name }) => String(arm(name)?.cost.syntheticCount ?? '-') },
    { head: 'GFLOP', text: ({ name }) => gigaflop(arm(name)?.cost) },
    { head: 'time', text: ({ name }) => seconds(record.timing.arms[name]) },
  ];
  const lines = [
    columns.map(({ head, value }) => (value ? `${head} ` : head)),
    ...series.map((one) =>
      columns.map(({ text, value }) => {
        if (value === undefined) return text(one);
        const values = series.map(value);
        const isBest = value(one) === Math.max(...values) && value(one) > Math.min(...values);
        return `${text(one)}${isBest ? '*' : ' '}`;
      }),
    ),
  ];
  const widths = columns.map((_, c) => Math.max(...lines.map((line) => line[c].length)));
  const rows = lines.map((line) =>
    line
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join(' ')
      .trimEnd(),
  );
  const rule = '-'.repeat(Math.max(...rows.map((row) => row.length)));
  return [
    rows[0],
    rule,
    ...rows.slice(1),
    rule,
    '* highest. Accuracies and recall in %. Mean AP: over the class pairs.',
    'GFLOP and time: after the first epochs, which all arms share.',
    '',
  ].join('\n');
}

function gigaflop(cost: ArmCost | undefined): string {
  if (cost === undefined) return '-';
  return (
    (cost.pairingFlop + cost.rankingFlop + cost.placementFlop + cost.projectionFlop + cost.trainingFlop) /
    1e9
  ).toFixed(1);
}

function seconds(timing: { readonly latentOpsMs: number; readonly trainingMs: number } | undefined): string {
  return timing === undefined ? '-' : `${((timing.latentOpsMs + timing.trainingMs) / 1000).toFixed(1)} s`;
}
