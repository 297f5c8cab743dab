import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStream } from '@csx/core';
import type { CandidateResult, CaseResult, Timing } from '../record.ts';
import type { BenchCase, PreparedCase } from '../suites/bench-case.ts';
import { type CandidateName, candidateTitles } from '../suites/candidates.ts';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { Checked, Measured } from '../worker/protocol.ts';
import type { Worker } from '../worker/start-worker.ts';
import { withoutPaths } from './reasons.ts';
import { drawOrder, planSamples, type SampleRule } from './schedule.ts';
import { type Ratio, ratioOfMedians, summarize } from './statistics.ts';

/** Longest that one call of a worker may take: a sample of the slowest candidate takes a minute. */
const callLimitMs = 20 * 60_000;

export interface MeasureOptions {
  readonly rule: SampleRule;
  readonly seed: number;
  /** A worker that runs, started if need be. */
  worker(name: CandidateName): Worker;
  /** Told what is done next, for people who wait. */
  progress(text: string): void;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A candidate on its way through a case. */
interface Runner {
  readonly name: CandidateName;
  readonly result: Mutable<CandidateResult>;
  readonly samples: number[];
  repeats: number;
  warmUpMs: number;
}

const unmeasured = (name: CandidateName): CandidateResult => ({
  name,
  title: candidateTitles[name],
  status: 'measured',
  reason: null,
  device: null,
  versions: {},
  wgsl: {},
  variant: null,
  gate: null,
  coldMs: null,
  timing: null,
  gpuTiming: null,
  gpuTimingFlag: null,
  endToEnd: null,
  gflopPerSecond: null,
  gbytePerSecond: null,
  peakShare: null,
  timeRatio: null,
});

async function readValues(file: string): Promise<Float32Array> {
  const bytes = await readFile(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/**
 * Measures all candidates of a case: each makes the task ready and does it once, which is judged; then once to warm up;
 * then samples are taken in random rounds. A candidate that cannot do it, or does it wrong, has a status and no time.
 */
export async function measureCase(bench: BenchCase, options: MeasureOptions): Promise<CaseResult> {
  const folder = await mkdtemp(join(tmpdir(), 'csx-bench-'));
  try {
    return await measureIn(folder, bench, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureIn(folder: string, bench: BenchCase, options: MeasureOptions): Promise<CaseResult> {
  const { rule, seed, progress } = options;
  progress('preparing');
  const prepared = await bench.prepare(folder);
  const runners: readonly Runner[] = bench.candidates.map((name) => ({
    name,
    result: unmeasured(name),
    samples: [],
    repeats: 1,
    warmUpMs: 0,
  }));
  /** Does a part of a candidate's work; a failure becomes its status. */
  const attempt = async (runner: Runner, work: (worker: Worker) => Promise<void>) => {
    if (runner.result.status !== 'measured') return;
    try {
      await work(options.worker(runner.name));
    } catch (error) {
      if (!(error instanceof PeerFailure)) throw error;
      runner.result.status = error.status;
      runner.result.reason = withoutPaths(error.message);
    }
  };
  const call = async (worker: Worker, repeats: number) => {
    const request = { method: 'time', params: { part: 'warm', repeats } } as const;
    return ((await worker.call(request, callLimitMs)) as Measured).wallMs;
  };

  const checked = new Map<CandidateName, Float32Array>();
  for (const runner of runners) {
    await attempt(runner, async (worker) => {
      progress(`${runner.result.title}: first run`);
      checked.set(runner.name, await openAndCheck(worker, runner, prepared, folder));
    });
  }
  for (const runner of runners) judge(runner, bench, prepared, checked);
  for (const runner of runners) {
    await attempt(runner, async (worker) => {
      progress(`${runner.result.title}: warm-up`);
      runner.warmUpMs = await call(worker, 1);
    });
  }

  const most = Math.min(rule.samples, bench.mostSamples ?? rule.samples);
  const counts = runners.map((runner) => {
    if (runner.result.status !== 'measured') return 0;
    const plan = planSamples(runner.warmUpMs, { ...rule, samples: most });
    runner.repeats = plan.repeats;
    return plan.samples;
  });
  const stream = createStream(seed, 'testData', 10);
  const order = drawOrder(counts, stream);
  for (const [at, index] of order.entries()) {
    const runner = runners[index];
    progress(`sample ${at + 1} of ${order.length}: ${runner.result.title}`);
    await attempt(runner, async (worker) => {
      runner.samples.push(await call(worker, runner.repeats));
    });
  }
  return caseResult(bench, runners, seed);
}

async function openAndCheck(
  worker: Worker,
  runner: Runner,
  { task }: PreparedCase,
  folder: string,
): Promise<Float32Array> {
  const file = join(folder, `${runner.name}.result.f32`);
  await worker.call({ method: 'open', params: task }, callLimitMs);
  const checked = (await worker.call({ method: 'check', params: { file } }, callLimitMs)) as Checked;
  const { hasEndToEnd: _, ...about } = checked;
  Object.assign(runner.result, about);
  return readValues(file);
}

/** Correctness before speed. */
function judge(
  { name, result }: Runner,
  bench: BenchCase,
  prepared: PreparedCase,
  checked: ReadonlyMap<CandidateName, Float32Array>,
): void {
  const values = checked.get(name);
  if (values === undefined) return;
  const reference = checked.get(bench.reference ?? name);
  if (reference === undefined) {
    result.status = 'failed';
    result.reason = `${candidateTitles[bench.reference ?? name]}, which its result is compared with, gave none`;
    return;
  }
  const { what, error, bound } = prepared.judge(values, reference, name);
  result.gate = { what, error: Number.isFinite(error) ? error : null, bound };
  // Also for NaN.
  if (!(error <= bound)) {
    result.status = 'incorrect';
    result.reason = `error ${error.toPrecision(3)}, allowed ${bound}`;
  }
}

function timingOf({ samples, warmUpMs, repeats }: Runner): Timing {
  return { method: 'wall clock', quantumMs: null, warmUpMs, repeats, ...summarize(samples), samples };
}

function ratioOf(runner: Runner, base: Runner, seed: number): Ratio {
  if (runner === base) return { ratio: 1, low: 1, high: 1 };
  return ratioOfMedians(runner.samples, base.samples, createStream(seed, 'testData', 11));
}

function caseResult(bench: BenchCase, runners: readonly Runner[], seed: number): CaseResult {
  const base = runners.find(({ name }) => name === bench.baseline);
  const candidates = runners.map((runner): CandidateResult => {
    const { result } = runner;
    if (result.status !== 'measured') return result;
    const timing = timingOf(runner);
    const compared = base !== undefined && base.result.status === 'measured';
    return {
      ...result,
      timing,
      gflopPerSecond: bench.flop / timing.medianMs / 1e6,
      gbytePerSecond: bench.bytes === null ? null : bench.bytes / timing.medianMs / 1e6,
      timeRatio: compared ? ratioOf(runner, base, seed) : null,
    };
  });
  const { suite, name, what, shape, flop, bytes, baseline, scaled = null } = bench;
  return {
    suite,
    name,
    what,
    shape: { ...shape },
    dtype: 'f32',
    flop,
    bytes,
    baseline,
    scaled: scaled === null ? null : { ...scaled },
    candidates,
  };
}
