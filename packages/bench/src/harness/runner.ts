import { createStream } from '@csx/core';
import type { CandidateResult, CaseResult, Timing } from '../record.ts';
import type { BenchCase } from '../suites/bench-case.ts';
import { type CandidateName, candidateTitles } from '../suites/candidates.ts';
import type { Measured } from '../worker/protocol.ts';
import { type Ratio, ratioOfMedians, summarize } from './statistics.ts';

/** Samples of one kind that a candidate has taken. */
export interface Series {
  /** Milliseconds of one run. */
  readonly samples: number[];
  repeats: number;
  warmUpMs: number;
  /** Smallest step of the clock that took them, where it is coarse enough to matter. */
  quantumMs: number | null;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A candidate on its way through a case. */
export interface Runner {
  readonly name: CandidateName;
  readonly result: Mutable<CandidateResult>;
  hasEndToEnd: boolean;
  readonly warm: Series;
  readonly endToEnd: Series;
  /** The warm samples by the device's clock. */
  readonly gpu: { readonly samples: number[]; warmUpMs: number; quantumMs: number; flag: string | null };
}

/** Samples shorter than so many steps of their clock are not told. */
export const leastQuanta = 100;

const series = (): Series => ({ samples: [], repeats: 1, warmUpMs: 0, quantumMs: null });

export function createRunner(name: CandidateName): Runner {
  return {
    name,
    result: {
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
    },
    hasEndToEnd: false,
    warm: series(),
    endToEnd: series(),
    gpu: { samples: [], warmUpMs: 0, quantumMs: 0, flag: null },
  };
}

/** Keeps the device's time of a warm run, or why there is none. The warm-up may be shorter than its clock can tell. */
export function keepGpuTime({ gpu }: Runner, measured: Measured['gpu'], repeats: number, isWarmUp: boolean): void {
  if (measured === null) return;
  if ('flag' in measured) {
    gpu.flag ??= measured.flag;
    return;
  }
  const { ms, quantumMs } = measured;
  gpu.quantumMs = quantumMs;
  if (isWarmUp) {
    gpu.warmUpMs = ms;
    return;
  }
  gpu.samples.push(ms);
  if (ms * repeats < leastQuanta * quantumMs) {
    gpu.flag ??= `a sample is shorter than ${leastQuanta} steps of the device's clock (${quantumMs} ms)`;
  }
}

function wallTiming({ samples, warmUpMs, repeats, quantumMs }: Series): Timing {
  return { method: 'wall clock', quantumMs, warmUpMs, repeats, ...summarize(samples), samples };
}

function gpuTiming({ gpu, warm }: Runner): Timing | null {
  const { samples, warmUpMs, quantumMs, flag } = gpu;
  if (flag !== null || samples.length === 0) return null;
  return { method: 'timestamp query', quantumMs, warmUpMs, repeats: warm.repeats, ...summarize(samples), samples };
}

function ratioOf(runner: Runner, base: Runner, seed: number): Ratio {
  if (runner === base) return { ratio: 1, low: 1, high: 1 };
  return ratioOfMedians(runner.warm.samples, base.warm.samples, createStream(seed, 'testData', 11));
}

/** What the runners found, as the record keeps it. */
export function caseResult(bench: BenchCase, runners: readonly Runner[], seed: number): CaseResult {
  const base = runners.find(({ name }) => name === bench.baseline);
  const candidates = runners.map((runner): CandidateResult => {
    const { result } = runner;
    if (result.status !== 'measured') return result;
    const timing = wallTiming(runner.warm);
    const compared = base !== undefined && base.result.status === 'measured';
    return {
      ...result,
      timing,
      gpuTiming: gpuTiming(runner),
      gpuTimingFlag: runner.gpu.flag,
      endToEnd: runner.endToEnd.samples.length === 0 ? null : wallTiming(runner.endToEnd),
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
