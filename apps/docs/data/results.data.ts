import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type RunRecord, runRecordSchema } from '@csx/core';
import { type Claim, claimsOf } from './claims.ts';

export interface ArmRow {
  readonly name: string;
  readonly cells: readonly { readonly text: string; readonly best: boolean }[];
}

export interface ResultRun {
  readonly id: string;
  readonly title: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly armHeads: readonly string[];
  readonly arms: readonly ArmRow[];
  readonly pairs: readonly (readonly string[])[];
  readonly claims: readonly Claim[];
}

declare const data: ResultRun[];

export { data };

const results = join(import.meta.dirname, '..', '..', '..', 'results');

function recordFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return recordFiles(path);
      return entry.name === 'record.json' ? [path] : [];
    })
    .sort();
}

const percent = (value: number) => (100 * value).toFixed(1);
const giga = (value: number) => (value / 1e9).toFixed(1);

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function factsOf(record: RunRecord): (readonly [string, string])[] {
  const { config, environment, data: images, backbone, timing } = record;
  return [
    ['preset and seed', `${config.preset}, seed ${config.seed}`],
    [
      'images',
      `${images.name}; ${config.data.majorCount} of each major class, ${config.data.minorCount} of each minor one`,
    ],
    [
      'network',
      `${config.backbone.name}, width ${config.backbone.width}, ${backbone.parameterCount.toLocaleString('en-US')} parameters`,
    ],
    [
      'training',
      `${config.backbone.epochs} epochs on images, then ${config.method.iterations} iterations of ${config.method.epochsPerIteration} epochs ${config.method.retraining === 'joint' ? 'on images and synthetic latents' : 'on latents'}`,
    ],
    ['accuracy after the epochs on images', `${percent(record.control.accuracy)} %`],
    ['latent work', environment.latentOps.name],
    ['training engine', environment.trainingEngine],
    ['machine', `${environment.runtime} on ${environment.platform}`],
    ['time and peak memory', `${duration(timing.totalMs)}, ${(timing.peakMemoryBytes / 2 ** 30).toFixed(2)} GiB`],
  ];
}

interface Column {
  readonly head: string;
  value(series: { readonly evaluation: RunRecord['control'] }): number;
  print(value: number): string;
}

const columns: readonly Column[] = [
  { head: 'accuracy %', value: ({ evaluation }) => evaluation.accuracy, print: percent },
  { head: 'macro F1 %', value: ({ evaluation }) => evaluation.macroF1, print: percent },
  { head: 'minor recall %', value: ({ evaluation }) => evaluation.minorRecall, print: percent },
  { head: 'G-mean %', value: ({ evaluation }) => evaluation.gMean, print: percent },
  { head: 'mean AP', value: ({ evaluation }) => evaluation.meanAveragePrecision, print: (value) => value.toFixed(4) },
];

function armsOf(record: RunRecord): ArmRow[] {
  const series = [{ name: 'control', evaluation: record.control, cost: undefined }, ...record.arms];
  return series.map((one) => ({
    name: one.name,
    cells: [
      ...columns.map(({ value, print }) => ({
        text: print(value(one)),
        best: value(one) === Math.max(...series.map(value)),
      })),
      { text: one.cost === undefined ? '' : String(one.cost.syntheticCount), best: false },
      {
        text:
          one.cost === undefined
            ? ''
            : giga(one.cost.pairingFlop + one.cost.rankingFlop + one.cost.placementFlop + one.cost.trainingFlop),
        best: false,
      },
    ],
  }));
}

function readRun(path: string): ResultRun {
  const parsed = runRecordSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new Error(`${path} is not a record of this version: ${parsed.error.message}`);
  const record = parsed.data;
  const id = relative(results, dirname(path)).replaceAll('\\', '/');
  return {
    id: id.replaceAll('/', '-'),
    title: id,
    facts: factsOf(record),
    armHeads: [...columns.map(({ head }) => head), 'synthetic', 'GFLOP'],
    arms: armsOf(record),
    pairs: record.classPairs.map(({ major, minor, accuracy, overlapped, algorithm2Iterations }) => [
      `${major}-${minor}`,
      percent(accuracy),
      overlapped ? 'overlapped' : 'separable',
      String(algorithm2Iterations),
    ]),
    claims: claimsOf(record),
  };
}

export default {
  watch: [join(results, '**', 'record.json')],
  load(): ResultRun[] {
    return recordFiles(results).map(readRun);
  },
};
