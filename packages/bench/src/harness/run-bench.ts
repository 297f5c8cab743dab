import { csxVersion } from '@csx/core';
import { describeRuntime, type HostAdapter } from '@csx/core/host';
import type { BenchOptions } from '../options.ts';
import type { BenchRecord, CaseResult, Peak } from '../record.ts';
import type { BenchCase } from '../suites/bench-case.ts';
import { type CandidateName, candidateDevices, workerCommand } from '../suites/candidates.ts';
import { ownScript, workerDawnFlags } from '../worker/script-command.ts';
import { startWorker, type Worker } from '../worker/start-worker.ts';
import { measureCase } from './measure-case.ts';
import { measurePeaks } from './measure-peaks.ts';
import { withPeakShares } from './peak-share.ts';
import { withoutPaths } from './reasons.ts';
import type { SampleRule } from './schedule.ts';
import { createWorkerPool } from './worker-pool.ts';

const minSamples = 3;
const minSampleMs = 20;
/** Shaders are compiled in a first run, which takes some drivers long; no budget cuts it shorter. */
const leastLimitMs = 60_000;

export interface RunBenchInput {
  readonly cases: readonly BenchCase[];
  readonly options: BenchOptions;
  readonly adapter: HostAdapter | undefined;
  readonly seed: number;
  /** Where the candidates run, if not in processes of this runtime. */
  readonly elsewhere?: { readonly runtime: BenchRecord['runtime']; startWorker(name: CandidateName): Worker };
  progress(text: string): void;
  /** Told each case as it is done. */
  done(result: CaseResult): void;
  /** Told the devices' peaks, before the first case. */
  peaks?(found: readonly Peak[]): void;
}

/** Measures the cases one after the other. */
export async function runBench(input: RunBenchInput): Promise<BenchRecord> {
  const { cases, options, adapter, seed, elsewhere } = input;
  const { samples, budgetMs, python, filter, threads } = options;
  const rule: SampleRule = { samples, minSamples, budgetMs, minSampleMs };
  const limitMs = Math.max(leastLimitMs, budgetMs);
  const startedAt = new Date().toISOString();
  const start = performance.now();
  const pool = createWorkerPool(elsewhere?.startWorker ?? ((name) => startWorker(workerCommand(name, python))));
  const results: CaseResult[] = [];
  let peaks: readonly Peak[] = [];
  let suite = '';
  try {
    const devices = new Set(cases.flatMap(({ candidates }) => candidates.map((name) => candidateDevices[name])));
    peaks = await measurePeaks({
      adapter:
        adapter === undefined || !devices.has('adapter')
          ? undefined
          : { description: adapter, worker: pool.get('csx-gpu') },
      // What a process reaches bounds no page.
      cpu:
        devices.has('cpu') && elsewhere === undefined
          ? { name: describeRuntime().cpuName, start: () => startWorker(ownScript('cpu-probe')) }
          : undefined,
      adapterName: options.adapter,
      threads,
      progress: input.progress,
    });
    input.peaks?.(peaks);
    for (const [at, bench] of cases.entries()) {
      // A suite starts with fresh processes: what one left behind does not meet the next.
      if (bench.suite !== suite) pool.stopAll();
      suite = bench.suite;
      const measured = await measureCase(bench, {
        rule,
        seed,
        limitMs,
        worker: pool.get,
        progress: (text) => input.progress(`${at + 1}/${cases.length} ${bench.suite}: ${bench.name}: ${text}`),
      });
      const result = withPeakShares(measured, peaks);
      results.push(result);
      input.done(result);
    }
  } finally {
    pool.stopAll();
  }
  return {
    schemaVersion: 1,
    csxVersion,
    startedAt,
    totalMs: performance.now() - start,
    options: {
      filter,
      candidates: options.candidates === undefined ? null : [...options.candidates],
      adapter: options.adapter,
      threads,
      seed,
      ...rule,
      dawnFlags: withoutPaths(workerDawnFlags()),
    },
    sampleRule: `as many samples as fit into budgetMs by the warm-up time, at least minSamples and at most samples (or the case's own maximum); a sample is as many runs as take about minSampleMs; rounds in random order; a run that has not ended after budgetMs, or a minute where that is more, is ended: too slow`,
    runtime: elsewhere?.runtime ?? describeRuntime(),
    adapter: adapter === undefined ? null : recordAdapter(adapter),
    peaks: [...peaks],
    results,
  };
}

function recordAdapter(adapter: HostAdapter): BenchRecord['adapter'] {
  const { subgroupSizes, features, limits, ...names } = adapter;
  return {
    ...names,
    subgroupSizes: subgroupSizes === null ? null : [...subgroupSizes],
    features: [...features],
    limits: { ...limits },
  };
}
