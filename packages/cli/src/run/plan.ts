import { listReadings, planRun, type RunPlan } from '@csx/core';
import { cifar10ClassNames } from '@csx/core/config';
import { configPaths, showValue, valueAt } from '../settings/config-flags.ts';
import type { RunSettings } from '../settings/run-settings.ts';
import type { Channel } from '../terminal/terminal.ts';
import { formatDuration, formatNumber, wrap } from '../terminal/text.ts';

/** Images of each class: of the sample in the package, and of the whole CIFAR-10. */
export const imageCounts = {
  mini: { trainCount: 170, testCount: 60 },
  cifar10: { trainCount: 5000, testCount: 1000 },
} as const;

/** For an idea of the time; what two cores of a server reached in training, in FLOP/s. */
export const orientationSpeed = 80e9;

/** A count of operations, for people. */
export const flop = (value: number): string => {
  for (const [unit, size] of [
    ['PFLOP', 1e15],
    ['TFLOP', 1e12],
    ['GFLOP', 1e9],
  ] as const) {
    if (value >= size) return `${formatNumber(value / size)} ${unit}`;
  }
  return `${formatNumber(value / 1e6)} MFLOP`;
};

function workRows(plan: RunPlan): (readonly [string, string])[] {
  const all = plan.backboneFlop + plan.projectionFlop + plan.retrainingFlop;
  return [
    [
      'network',
      `${formatNumber(plan.parameterCount)} parameters, trained on ${formatNumber(plan.trainImageCount)} images`,
    ],
    ['training on images', flop(plan.backboneFlop)],
    ['projection', flop(plan.projectionFlop)],
    ['training of all arms', `${flop(plan.retrainingFlop)}, at most`],
    [
      'time',
      `about ${formatDuration((all / orientationSpeed) * 1000)} at ${flop(orientationSpeed)}/s, two server cores`,
    ],
  ];
}

/** Prints what a run would do: every option with its value and where it came from. Nothing is written. */
export function printPlan(settings: RunSettings, location: string, out: Channel, json: boolean): void {
  const { config, device, adapter, engine, threads, dataDirectory, sources } = settings;
  const readings = listReadings(config);
  const plan = planRun(config, {
    classNames: cifar10ClassNames,
    inputShape: [32, 32, 3],
    ...imageCounts[config.data.source],
  });
  const machine = {
    device,
    adapter: adapter ?? null,
    engine,
    threads: threads ?? null,
    dataDirectory: dataDirectory ?? null,
  };
  if (json) {
    const document = { out: location, machine, config, sources: Object.fromEntries(sources), readings, plan };
    out.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  const { paint } = out;
  const width = Math.min(out.columns, 100);
  const section = (title: string, rows: readonly (readonly [string, string, (string | undefined)?])[]): void => {
    const nameWidth = Math.max(...rows.map(([name]) => name.length));
    out.write(`${paint.bold(title)}\n`);
    for (const [name, value, note] of rows) {
      const [first, ...more] = wrap(value, width - nameWidth - 4);
      out.write(
        `  ${paint.cyan(name.padEnd(nameWidth))}  ${first}${note === undefined ? '' : paint.dim(`  ${note}`)}\n`,
      );
      for (const line of more) out.write(`${' '.repeat(nameWidth + 4)}${line}\n`);
    }
    out.write('\n');
  };
  const source = (flag: string): string | undefined => (sources.has(flag) ? `(${sources.get(flag)})` : undefined);
  section(
    'Configuration',
    Object.entries(configPaths).map(([flag, path]) => {
      const value = valueAt(config, path);
      return [`--${flag}`, value === undefined ? 'not set' : showValue(value), source(flag)] as const;
    }),
  );
  section('Machine', [
    ['--device', device, source('device')],
    ['--adapter', adapter ?? 'not set', source('adapter')],
    ['--engine', engine, source('engine')],
    ['--threads', threads === undefined ? 'all cores' : String(threads), source('threads')],
    ['--data', dataDirectory ?? "csx data fetch's cache", source('data')],
    ['--out', location],
  ]);
  out.write(`${paint.bold('How the open points of the paper are read')}\n`);
  for (const { option, value, meaning } of readings) {
    out.write(`  ${paint.cyan(option)}  ${value}\n`);
    for (const line of wrap(meaning, width - 6)) out.write(`      ${paint.dim(line)}\n`);
  }
  out.write('\n');
  section('Planned work', workRows(plan));
}
