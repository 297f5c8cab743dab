import { requestAdapter } from '@csx/core/host';
import { createSession, type KernelDevice, LimitExceededError } from '@csx/wgsl-kernels';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { startState } from '../../../test/support/small-training.ts';
import { permutation } from '../../random/permutation.ts';
import { createStream } from '../../random/stream.ts';
import type { LabelledLatents } from '../engine.ts';
import { classifierHeadGraph } from '../graph/model-graph.ts';
import { createWgslEngine } from './wgsl-engine.ts';

const options = { d: 8, classCount: 3, batchSize: 4, momentum: 0.9, weightDecay: 1e-3 };

let host: KernelDevice;
beforeAll(async () => {
  host = await requestAdapter({ kind: 'any' });
});
afterEach(() => {
  vi.restoreAllMocks();
});

function latents(n: number) {
  return {
    latents: { data: Float32Array.from({ length: n * 8 }, (_, at) => ((at * 7) % 11) / 11), n, d: 8 },
    labels: Uint32Array.from({ length: n }, (_, row) => row % 3),
  };
}

const epochOf = (n: number) => ({ order: permutation(n, createStream(1, 'headEpochOrder', 0)), learningRate: 0.1 });

/** What the host asks of the device while `work` runs. */
async function watch(work: () => Promise<unknown>) {
  const { device } = host;
  const probe = device.createBuffer({ size: 4, usage: 1 | 8 });
  const spies = {
    submits: vi.spyOn(device.queue, 'submit'),
    writes: vi.spyOn(device.queue, 'writeBuffer'),
    maps: vi.spyOn(Object.getPrototypeOf(probe) as GPUBuffer, 'mapAsync'),
    buffers: vi.spyOn(device, 'createBuffer'),
    bindGroups: vi.spyOn(device, 'createBindGroup'),
    pipelines: vi.spyOn(device, 'createComputePipelineAsync'),
  };
  probe.destroy();
  await work();
  const counts = Object.fromEntries(Object.entries(spies).map(([name, { mock }]) => [name, mock.calls.length]));
  const writtenBytes = spies.writes.mock.calls.reduce((sum, [, , data, , size]) => {
    const unit = ArrayBuffer.isView(data) ? (data as Uint8Array).BYTES_PER_ELEMENT : 1;
    return sum + (size === undefined ? data.byteLength : size * unit);
  }, 0);
  vi.restoreAllMocks();
  return { ...counts, writtenBytes };
}

it('an epoch is one submission and one reading back, and makes nothing', async () => {
  const engine = createWgslEngine(host);
  const head = await engine.compileHead(options);
  head.setState(startState(classifierHeadGraph(8, 3)));
  const [real, first, second] = [latents(400), latents(10), latents(30)];
  await head.setLatents([real, first]);
  await head.trainEpoch(epochOf(410));
  const epoch = await watch(async () => {
    await head.setLatents([real, first]);
    expect(await head.trainEpoch(epochOf(410))).toHaveLength(102);
  });
  // The order of 102 batches, and the learning rate.
  const nothing = { buffers: 0, bindGroups: 0, pipelines: 0 };
  expect(epoch).toEqual({ submits: 1, maps: 1, writes: 2, writtenBytes: 102 * 4 * 4 + 4, ...nothing });

  // More latents: those that are new alone, all classes, and the numbers of 107 steps, 256 bytes apart.
  const change = await watch(() => head.setLatents([real, second]));
  expect(change).toMatchObject({ submits: 1, maps: 0, pipelines: 0 });
  expect(change.writtenBytes).toBe(30 * 8 * 4 + 430 * 4 + 107 * 256);
  expect(await head.trainEpoch(epochOf(430))).toHaveLength(107);
  engine.dispose();
});

it('takes latents from where they lie on its device', async () => {
  const engine = createWgslEngine(host);
  const session = createSession(host.device);
  const { latents: given, labels } = latents(60);
  const all = session.upload(Float32Array.of(...new Float32Array(3 * 8), ...given.data), 'latents');
  const resident = { device: host.device, buffer: all, firstRow: 3, data: given.data };
  const trained = async (parts: readonly LabelledLatents[]) => {
    const head = await engine.compileHead(options);
    head.setState(startState(classifierHeadGraph(8, 3)));
    const sent = await watch(() => head.setLatents(parts));
    const results = await head.trainEpoch(epochOf(160));
    await head.dispose();
    return { results, bytes: sent.writtenBytes };
  };
  const here = await trained([latents(100), { latents: given, labels }]);
  const there = await trained([latents(100), { latents: { ...given, resident }, labels }]);
  expect(there.results).toEqual(here.results);
  expect(here.bytes - there.bytes).toBe(60 * 8 * 4);
  session.dispose();
  engine.dispose();
});

it('gives back what it took', async () => {
  const engine = createWgslEngine(host);
  const { liveBytes } = engine.stats();
  const head = await engine.compileHead({ ...options, classWeights: Float32Array.of(1, 2, 3) });
  head.setState(startState(classifierHeadGraph(8, 3)));
  for (const n of [40, 200, 60]) {
    await head.setLatents([latents(n)]);
    await head.trainEpoch(epochOf(n));
  }
  expect(engine.stats().liveBytes).toBeGreaterThan(liveBytes);
  await head.dispose();
  expect(engine.stats().liveBytes).toBe(liveBytes);
  engine.dispose();
});

it('says how many latents fit, and keeps those that it has', async () => {
  const engine = createWgslEngine(host, { maxBindingBytes: 100 * 8 * 4 });
  const head = await engine.compileHead(options);
  head.setState(startState(classifierHeadGraph(8, 3)));
  await head.setLatents([latents(100)]);
  const tooMany = head.setLatents([latents(101)]);
  await expect(tooMany).rejects.toThrow(LimitExceededError);
  await expect(tooMany).rejects.toMatchObject({ hint: expect.stringContaining('at most 100 latents') });
  expect(await head.trainEpoch(epochOf(100))).toHaveLength(25);
  engine.dispose();
});
