import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digits, duration, ratioText } from '../../../packages/bench/src/harness/format.ts';
import type { BenchRecord, CandidateResult, CaseResult } from '../../../packages/bench/src/record.ts';
import { ratioPlot } from './ratio-plot.ts';

export interface BenchmarkRow {
  readonly title: string;
  /** Median, quartiles, samples, GFLOP/s, ratio; or one cell with the reason why there is none. */
  readonly cells: readonly string[];
}

export interface BenchmarkCase {
  readonly name: string;
  readonly ratioHead: string;
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

function rowOf({ title, status, reason, timing, gflopPerSecond, timeRatio }: CandidateResult): BenchmarkRow {
  if (timing === null) return { title, cells: [`${status}: ${reason}`] };
  const { medianMs, q1Ms, q3Ms, samples } = timing;
  return {
    title,
    cells: [
      duration(medianMs),
      `${duration(q1Ms)} to ${duration(q3Ms)}`,
      String(samples.length),
      gflopPerSecond === null ? '' : digits(gflopPerSecond),
      timeRatio === null ? '' : ratioText(timeRatio),
    ],
  };
}

function caseOf({ name, baseline, candidates }: CaseResult): BenchmarkCase {
  const base = candidates.find((candidate) => candidate.name === baseline);
  return { name, ratioHead: `time / ${base?.title ?? baseline}`, rows: candidates.map(rowOf) };
}

function factsOf({ adapter, runtime, options, csxVersion, startedAt }: BenchRecord): (readonly [string, string])[] {
  const software = adapter?.isSoftware ? ' (software: computes on the CPU)' : '';
  return [
    ['adapter', adapter === null ? 'none' : `${adapter.name}${software}: ${adapter.description}`],
    ['machine', `${runtime.cpuName}, ${runtime.cpuCount} cores; ${options.threads} threads`],
    ['versions', `csx ${csxVersion}, ${runtime.name} ${runtime.version}`],
    ['day', startedAt.slice(0, 10)],
  ];
}

function suitesOf(file: string): BenchmarkSuite[] {
  const record = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Partial<BenchRecord>;
  // Records from before they had a schema are kept for the decisions that cite them.
  if (record.schemaVersion === undefined) return [];
  const { results, ...rest } = record as BenchRecord;
  const names = [...new Set(results.map(({ suite }) => suite))];
  return names.map((suite) => {
    const cases = results.filter((result) => result.suite === suite);
    return {
      id: `${file.replace(/\.json$/, '')}-${suite}`,
      title: `${suite}, ${rest.adapter?.name ?? 'CPU'}`,
      facts: [...factsOf({ ...rest, results }), ['record', `results/bench/${file}`]],
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
