import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostAdapter } from '@csx/core/host';
import type { Peak } from '../record.ts';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { Measured, ProbeTask } from '../worker/protocol.ts';
import type { Worker } from '../worker/start-worker.ts';
import { readFloats } from '../worker/task-files.ts';
import { arithmeticProbes, copyProbes, hostCopyProbe, matmulProbe, type Probe } from './probes.ts';
import { withoutPaths } from './reasons.ts';
import { planSamples } from './schedule.ts';

export interface PeakOptions {
  /** The adapter and a worker of ours on it; undefined where no candidate needs its peaks. */
  readonly adapter: { readonly description: HostAdapter; readonly worker: Worker } | undefined;
  /** A process for the processor's alone, which is ended. */
  readonly cpu: { readonly name: string; start(): Worker } | undefined;
  /** A part of the adapter's name, as tasks carry it. */
  readonly adapterName: string;
  readonly threads: number;
  progress(text: string): void;
}

const callLimitMs = 60_000;
const rule = { samples: 5, minSamples: 2, budgetMs: 500, minSampleMs: 20 };

/** The best of the ways to reach a peak. */
interface Best {
  /** FLOP or bytes a millisecond; null where no way gave the right result. */
  readonly rate: number | null;
  /** The way, or why there is none. */
  readonly how: string;
}

const sameBits = (a: Float32Array, b: Float32Array) => a.length === b.length && a.every((value, at) => value === b[at]);

/** Runs a probe's shortest sample; throws PeerFailure where it cannot be run or gives another result. */
async function shortestRun(worker: Worker, task: ProbeTask, probe: Probe): Promise<number> {
  const file = 'probe.f32';
  await worker.call({ method: 'open', params: task }, callLimitMs);
  await worker.call({ method: 'check', params: { file: join(task.folder, file) } }, callLimitMs);
  if (!sameBits(await readFloats(task.folder, file), probe.expected())) {
    throw new PeerFailure('incorrect', 'a probe gave a wrong result, and has no speed');
  }
  const time = async (repeats: number) => {
    const request = { method: 'time', params: { part: 'warm', repeats } } as const;
    return ((await worker.call(request, callLimitMs)) as Measured).wallMs;
  };
  let least = await time(1);
  const { repeats, samples } = planSamples(least, rule);
  for (let sample = 0; sample < samples; sample++) least = Math.min(least, await time(repeats));
  return least;
}

const describeVariant = ({ probe, ...numbers }: ProbeTask['variant']) =>
  `${probe} (${Object.entries(numbers)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')})`;

/**
 * The most arithmetic and the most memory traffic that the devices of the candidates reach, by probes whose results are
 * checked: what a kernel's rate is a share of. The shortest sample of the best variant counts, since a peak is not a
 * typical time.
 */
export async function measurePeaks(options: PeakOptions): Promise<Peak[]> {
  const { adapter, cpu, adapterName, threads, progress } = options;
  const folder = await mkdtemp(join(tmpdir(), 'csx-bench-'));

  async function best(worker: Worker, probes: readonly Probe[]): Promise<Best> {
    let found: Best = { rate: null, how: 'no probe' };
    for (const probe of probes) {
      const task: ProbeTask = { kind: 'probe', folder, adapter: adapterName, threads, variant: probe.variant };
      const how = describeVariant(probe.variant);
      progress(`peaks: ${how}`);
      try {
        const rate = probe.work / (await shortestRun(worker, task, probe));
        if (found.rate === null || rate > found.rate) found = { rate, how };
      } catch (error) {
        if (!(error instanceof PeerFailure)) throw error;
        if (found.rate === null) found = { rate: null, how: `${how}: ${withoutPaths(error.message)}` };
      }
    }
    return found;
  }
  const peak = async (
    device: Peak['device'],
    name: string,
    worker: Worker,
    flop: readonly Probe[],
    bytes: readonly Probe[],
  ) => {
    const arithmetic = await best(worker, flop);
    const copy = await best(worker, bytes);
    return {
      device,
      name,
      gflopPerSecond: arithmetic.rate === null ? null : arithmetic.rate / 1e6,
      gbytePerSecond: copy.rate === null ? null : copy.rate / 1e6,
      how: `${arithmetic.how}; ${copy.how}`,
    };
  };

  try {
    const peaks: Peak[] = [];
    if (adapter !== undefined) {
      const { description, worker } = adapter;
      const flop = arithmeticProbes(description.isSoftware);
      peaks.push(await peak('adapter', description.name, worker, flop, copyProbes(description)));
    }
    if (cpu !== undefined) {
      const worker = cpu.start();
      try {
        peaks.push(await peak('cpu', cpu.name, worker, [matmulProbe(2048)], [hostCopyProbe(256 * 2 ** 20, threads)]));
      } finally {
        worker.stop();
      }
    }
    return peaks;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
