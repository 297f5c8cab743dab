import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digits, duration, ratioText, shareText } from '../../../packages/bench/src/harness/format.ts';
import {
  type BenchRecord,
  benchRecordSchema,
  type CandidateResult,
  type CaseResult,
  type Peak,
  type Timing,
} from '../../../packages/bench/src/record.ts';
import { ratioPlot } from './ratio-plot.ts';

export interface BenchmarkRow {
  readonly title: string;
  /** One for each of the case's heads; or one alone with the reason why there is none. */
  readonly cells: readonly string[];
}

export interface BenchmarkCase {
  readonly name: string;
  /** Of the columns that have a value in some row. */
  readonly heads: readonly string[];
  readonly rows: readonly BenchmarkRow[];
}

export interface BenchmarkSuite {
  readonly id: string;
  readonly title: string;
  readonly facts: readonly (readonly [string, string])[];
  /** SVG of the time ratios. */
  readonly plot: string;
  readonly cases: readonly BenchmarkCase[];
}

declare const data: BenchmarkSuite[];

export { data };

const folder = join(import.meta.dirname, '..', '..', '..', 'results', 'bench');

/** What the tables show of a candidate that was measured; '' where there is none. */
const columns: readonly (readonly [head: string, cell: (of: CandidateResult, timing: Timing) => string])[] = [
  ['median', (_, { medianMs }) => duration(medianMs)],
  ['quartiles', (_, { q1Ms, q3Ms }) => `${duration(q1Ms)} to ${duration(q3Ms)}`],
  ['samples', (_, { samples, repeats }) => (repeats === 1 ? `${samples.length}` : `${samples.length} x ${repeats}`)],
  ['by its own clock', ({ gpuTiming }) => medianOf(gpuTiming)],
  ['first run', ({ coldMs }) => (coldMs === null ? '' : duration(coldMs))],
  ['end to end', ({ endToEnd }) => medianOf(endToEnd)],
  ['GFLOP/s', ({ gflopPerSecond }) => (gflopPerSecond ? digits(gflopPerSecond) : '')],
  ['GB/s', ({ gbytePerSecond }) => (gbytePerSecond ? digits(gbytePerSecond) : '')],
  ['of its peak', ({ peakShare }) => (peakShare === null ? '' : shareText(peakShare))],
];

const medianOf = (timing: Timing | null) => (timing === null ? '' : duration(timing.medianMs));
const titleOf = ({ title, variant }: CandidateResult) => (variant === null ? title : `${title} (${variant})`);

function caseOf({ name, baseline, candidates }: CaseResult): BenchmarkCase {
  const base = candidates.find((candidate) => candidate.name === baseline);
  const ratio = ({ timeRatio }: CandidateResult) => (timeRatio === null ? '' : ratioText(timeRatio));
  const all = [...columns, [`time / ${base?.title ?? baseline}`, ratio] as const];
  const shown = all.filter(([, cell]) => candidates.some((one) => one.timing !== null && cell(one, one.timing) !== ''));
  return {
    name,
    heads: shown.map(([head]) => head),
    rows: candidates.map((one) => ({
      title: titleOf(one),
      cells:
        one.timing === null
          ? [`${one.status}: ${one.reason}`]
          : shown.map(([, cell]) => cell(one, one.timing as Timing)),
    })),
  };
}

function peakText({ gflopPerSecond, gbytePerSecond }: Peak): string {
  const arithmetic = gflopPerSecond === null ? [] : [`${digits(gflopPerSecond)} GFLOP/s`];
  const bandwidth = gbytePerSecond === null ? [] : [`${digits(gbytePerSecond)} GB/s copied, read and written`];
  return [...arithmetic, ...bandwidth].join('; ');
}

function factsOf({
  adapter,
  runtime,
  options,
  csxVersion,
  startedAt,
  peaks,
}: Omit<BenchRecord, 'results'>): (readonly [string, string])[] {
  const software = adapter?.isSoftware ? ' (software: computes on the CPU)' : '';
  return [
    ['adapter', adapter === null ? 'none' : `${adapter.name}${software}: ${adapter.description}`],
    ['machine', `${runtime.cpuName}, ${runtime.cpuCount} cores; ${options.threads} threads`],
    ['versions', `csx ${csxVersion}, ${runtime.name} ${runtime.version}`],
    ['day', startedAt.slice(0, 10)],
    ...peaks.map((peak) => [`peaks of the ${peak.device === 'cpu' ? 'CPU' : 'adapter'}`, peakText(peak)] as const),
  ];
}

function suitesOf(file: string): BenchmarkSuite[] {
  const read = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { schemaVersion?: unknown };
  // Records from before they had a schema are kept for the decisions that cite them.
  if (read.schemaVersion === undefined) return [];
  const { results, ...rest } = benchRecordSchema.parse(read);
  const names = [...new Set(results.map(({ suite }) => suite))];
  return names.map((suite) => {
    const cases = results.filter((result) => result.suite === suite);
    return {
      id: `${file.replace(/\.json$/, '')}-${suite}`,
      title: `${suite}, ${rest.adapter?.name ?? 'CPU'}`,
      facts: [...factsOf(rest), ['record', `results/bench/${file}`]],
      plot: ratioPlot(cases),
      cases: cases.map(caseOf),
    };
  });
}

export default {
  watch: [join(folder, '*.json')],
  load(): BenchmarkSuite[] {
    if (!existsSync(folder)) return [];
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    return files.sort().flatMap(suitesOf);
  },
};
