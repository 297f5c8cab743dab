import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStream } from '@csx/core';
import type { CaseResult } from '../record.ts';
import type { BenchCase, PreparedCase } from '../suites/bench-case.ts';
import { type CandidateName, candidateTitles } from '../suites/candidates.ts';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { Checked, Measured, Request, TaskPart } from '../worker/protocol.ts';
import type { Worker } from '../worker/start-worker.ts';
import { duration } from './format.ts';
import { withoutPaths } from './reasons.ts';
import { caseResult, createRunner, keepGpuTime, leastQuanta, type Runner } from './runner.ts';
import { drawOrder, planSamples, type SampleRule } from './schedule.ts';

export interface MeasureOptions {
  readonly rule: SampleRule;
  readonly seed: number;
  /** Longest that one call of a worker may take; it is ended then, and the candidate is too slow. */
  readonly limitMs: number;
  /** A worker that runs, started if need be. */
  worker(name: CandidateName): Worker;
  /** Told what is done next, for people who wait. */
  progress(text: string): void;
}

/** A worker that answers within the limit, or is ended. */
interface LimitedWorker extends Pick<Worker, 'clockStepMs'> {
  call(request: Request): Promise<unknown>;
}

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
  const { seed, progress } = options;
  progress('preparing');
  const prepared = await bench.prepare(folder);
  const runners = bench.candidates.map(createRunner);
  /** Does a part of a candidate's work; a failure becomes its status. */
  const attempt = async (runner: Runner, work: (worker: LimitedWorker) => Promise<void>) => {
    if (runner.result.status !== 'measured') return;
    try {
      const worker = options.worker(runner.name);
      await work({
        clockStepMs: worker.clockStepMs,
        call: (request) => worker.call(request, options.limitMs),
      });
    } catch (error) {
      if (!(error instanceof PeerFailure)) throw error;
      runner.result.status = error.status;
      runner.result.reason = withoutPaths(error.message);
    }
  };

  const checked = new Map<CandidateName, Float32Array>();
  for (const runner of runners) {
    await attempt(runner, async (worker) => {
      progress(`${runner.result.title}: first run`);
      checked.set(runner.name, await openAndCheck(worker, runner, prepared, folder));
    });
  }
  for (const runner of runners) judge(runner, bench, prepared, checked);

  const rule = { ...options.rule, samples: Math.min(options.rule.samples, bench.mostSamples ?? Infinity) };
  // End to end comes second: half of a candidate's budget, beside the warm samples' own.
  const rules = { warm: rule, 'end-to-end': { ...rule, budgetMs: rule.budgetMs / 2 } } as const;
  const planned: PlannedSeries[] = [];
  for (const runner of runners) {
    for (const part of ['warm', 'end-to-end'] as const) {
      if (part === 'end-to-end' && !runner.hasEndToEnd) continue;
      await attempt(runner, async (worker) => {
        progress(`${runner.result.title}: warm-up`);
        planned.push(await warmUp(worker, runner, part, rules[part]));
      });
    }
  }

  const order = drawOrder(
    planned.map(({ count }) => count),
    createStream(seed, 'testData', 10),
  );
  let leftMs = order.reduce((sum, index) => sum + planned[index].sampleMs, 0);
  for (const [at, index] of order.entries()) {
    const { runner, part, sampleMs } = planned[index];
    progress(`sample ${at + 1} of ${order.length}, about ${duration(leftMs)} left: ${runner.result.title}`);
    await attempt(runner, (worker) => takeSample(worker, runner, part));
    leftMs -= sampleMs;
  }
  return caseResult(bench, runners, seed);
}

async function openAndCheck(
  worker: LimitedWorker,
  runner: Runner,
  { task }: PreparedCase,
  folder: string,
): Promise<Float32Array> {
  const file = join(folder, `${runner.name}.result.f32`);
  await worker.call({ method: 'open', params: task });
  const checked = (await worker.call({ method: 'check', params: { file } })) as Checked;
  const { hasEndToEnd, ...about } = checked;
  runner.hasEndToEnd = hasEndToEnd;
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

interface PlannedSeries {
  readonly runner: Runner;
  readonly part: TaskPart;
  /** Samples to be taken. */
  readonly count: number;
  /** What one of them takes, by the warm-up. */
  readonly sampleMs: number;
}

const seriesOf = (runner: Runner, part: TaskPart) => (part === 'warm' ? runner.warm : runner.endToEnd);

async function time(worker: LimitedWorker, part: TaskPart, repeats: number): Promise<Measured> {
  return (await worker.call({ method: 'time', params: { part, repeats } })) as Measured;
}

/** Runs once, then as often as a sample will: many runs back to back take less each than one that is waited for. */
async function warmUp(
  worker: LimitedWorker,
  runner: Runner,
  part: TaskPart,
  given: SampleRule,
): Promise<PlannedSeries> {
  const series = seriesOf(runner, part);
  const { wallMs, gpu } = await time(worker, part, 1);
  series.warmUpMs = wallMs;
  series.quantumMs = worker.clockStepMs;
  keepGpuTime(runner, gpu, 1, true);
  const rule = { ...given, minSampleMs: Math.max(given.minSampleMs, leastQuanta * (worker.clockStepMs ?? 0)) };
  let runMs = wallMs;
  let plan = planSamples(runMs, rule);
  while (plan.repeats > 1) {
    runMs = (await time(worker, part, plan.repeats)).wallMs;
    const better = planSamples(runMs, rule);
    if (better.repeats < 2 * plan.repeats) break;
    plan = better;
  }
  series.repeats = plan.repeats;
  return { runner, part, count: plan.samples, sampleMs: runMs * plan.repeats };
}

async function takeSample(worker: LimitedWorker, runner: Runner, part: TaskPart): Promise<void> {
  const series = seriesOf(runner, part);
  const { wallMs, gpu } = await time(worker, part, series.repeats);
  series.samples.push(wallMs);
  keepGpuTime(runner, gpu, series.repeats, false);
}
