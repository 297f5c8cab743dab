import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { BenchCase } from '../suites/bench-case.ts';
import type { CandidateName } from '../suites/candidates.ts';
import { startWorker } from '../worker/start-worker.ts';
import { measureCase } from './measure-case.ts';
import { renderCase } from './table.ts';
import { verdictOf } from './verdict.ts';
import { createWorkerPool } from './worker-pool.ts';

const fake = fileURLToPath(new URL('../../test/fixtures/fake-peer.mjs', import.meta.url));
const rule = { samples: 6, minSamples: 3, budgetMs: 8000, minSampleMs: 20 };

type Behaviors = Readonly<Partial<Record<CandidateName, string>>>;

function benchCase(behaviors: Behaviors, more: Partial<BenchCase> = {}): BenchCase {
  return {
    suite: 'fake',
    name: 'one',
    what: 'nothing',
    shape: { n: 1 },
    flop: 8e6,
    bytes: null,
    candidates: Object.keys(behaviors) as CandidateName[],
    baseline: 'csx-gpu',
    prepare: async (folder) => ({
      task: { kind: 'nearest', folder, adapter: '', threads: 1, n: 1, m: 1, d: 1 },
      judge: (values) => ({ what: 'is 1', error: Math.abs(values[0] - 1), bound: 0.5 }),
    }),
    ...more,
  };
}

let pool: ReturnType<typeof createWorkerPool> | undefined;
afterEach(() => pool?.stopAll());

function measure(behaviors: Behaviors, more: Partial<BenchCase> = {}, limitMs = 60_000) {
  const made = createWorkerPool((name) =>
    startWorker({ command: process.execPath, args: [fake, behaviors[name] ?? ''] }),
  );
  pool = made;
  return measureCase(benchCase(behaviors, more), {
    rule,
    seed: 0,
    limitMs,
    worker: made.get,
    progress: () => undefined,
  });
}

it('measures what is right, and says of each other candidate why it has no time', async () => {
  const result = await measure({
    'csx-gpu': 'right',
    'jax-js': 'wrong',
    'torch-cpu': 'absent',
    'tfjs-webgpu': 'dies',
    'csx-cpu': 'slow',
  });
  const [right, wrong, absent, dead, slow] = result.candidates;
  expect(right).toMatchObject({
    status: 'measured',
    reason: null,
    versions: { fake: '1' },
    gate: { error: 0, bound: 0.5 },
    gflopPerSecond: 1,
    timeRatio: { ratio: 1, low: 1, high: 1 },
    timing: { warmUpMs: 8, repeats: 3, medianMs: 8, samples: [8, 8, 8, 8, 8, 8] },
  });
  expect(wrong).toMatchObject({ status: 'incorrect', reason: 'error 1.00, allowed 0.5', timing: null });
  expect(absent).toMatchObject({ status: 'absent', reason: 'it is not installed in lib', timing: null });
  expect(dead.status).toBe('failed');
  expect(dead.reason).toMatch(/exit code 7: Error: the driver is gone/);
  expect(dead.timing).toBeNull();
  expect(slow.timing?.samples).toHaveLength(3);
  expect(slow.timeRatio?.ratio).toBe(500);
  const text = renderCase(result);
  expect(text).toContain('jax-js, WebGPU: incorrect (error 1.00, allowed 0.5)');
  expect(text).toMatch(/csx on the CPU .* 4000 ms .* 500\.00/);
});

it('takes samples from host memory to host memory among the warm ones, and keeps the first run apart', async () => {
  const { candidates } = await measure({ 'csx-gpu': 'end to end', 'jax-js': 'right' });
  expect(candidates[0]).toMatchObject({
    coldMs: 9,
    timing: { warmUpMs: 8, medianMs: 8 },
    endToEnd: { method: 'wall clock', warmUpMs: 30, repeats: 1, samples: [30, 30, 30, 30, 30, 30] },
  });
  expect(candidates[1]).toMatchObject({ coldMs: 9, endToEnd: null });
});

it('repeats a run as often as it takes by the time of many, not of one', async () => {
  const { candidates } = await measure({ 'csx-gpu': 'quick' });
  expect(candidates[0].timing).toMatchObject({ warmUpMs: 2, repeats: 40, medianMs: 0.5 });
});

it("keeps the device's own times beside the wall clock, and says why where they cannot be trusted", async () => {
  const { candidates } = await measure({
    'csx-gpu': 'clock',
    'csx-cpu': 'coarse clock',
    'jax-js': 'backward clock',
    'torch-cpu': 'right',
  });
  const [good, coarse, backward, none] = candidates;
  for (const { timing } of candidates) expect(timing).toMatchObject({ method: 'wall clock', medianMs: 8 });
  expect(good.gpuTimingFlag).toBeNull();
  expect(good.gpuTiming).toMatchObject({ method: 'timestamp query', quantumMs: 0.001, repeats: 3, medianMs: 6 });
  expect(good.gpuTiming?.samples).toHaveLength(6);
  expect(coarse.gpuTiming).toBeNull();
  expect(coarse.gpuTimingFlag).toBe("a sample is shorter than 100 steps of the device's clock (0.2 ms)");
  expect(backward.gpuTiming).toBeNull();
  expect(backward.gpuTimingFlag).toBe('its timestamps run backwards (by 5 ns)');
  expect(none).toMatchObject({ gpuTiming: null, gpuTimingFlag: null });
});

it('has no ratio without the baseline, and no time without the reference', async () => {
  const { candidates } = await measure({ 'csx-gpu': 'absent', 'jax-js': 'right' });
  expect(candidates[1]).toMatchObject({ status: 'measured', timeRatio: null });
  const compared = await measure({ 'csx-gpu': 'absent', 'jax-js': 'right' }, { reference: 'csx-gpu' });
  expect(compared.candidates[1].status).toBe('failed');
  expect(compared.candidates[1].reason).toMatch(/csx on WebGPU, which its result is compared with, gave none/);
});

it('ends with what is wrong with a candidate of ours, and with nothing that is wrong with another', async () => {
  const wrong = await measure({ 'csx-gpu': 'wrong', 'csx-cpu': 'lost', 'jax-js': 'wrong' });
  expect(wrong.candidates.map(({ status, timing }) => [status, timing])).toEqual([
    ['incorrect', null],
    ['lost', null],
    ['incorrect', null],
  ]);
  expect(verdictOf([wrong])).toMatchObject({ code: 'NUMERIC', message: expect.stringContaining('csx on WebGPU') });
  const lost = await measure({ 'csx-gpu': 'lost', 'jax-js': 'right' });
  expect(verdictOf([lost])).toMatchObject({
    code: 'DEVICE_LOST',
    message: expect.stringContaining('a cable was pulled'),
  });
  expect(verdictOf([await measure({ 'csx-gpu': 'right', 'jax-js': 'wrong' })])).toBeUndefined();
});

it('ends a worker that does not answer, and refuses it from then on', async () => {
  const worker = startWorker({ command: process.execPath, args: [fake, 'hangs'] });
  const request = { method: 'time', params: { part: 'warm', repeats: 1 } } as const;
  await expect(worker.call(request, 500)).rejects.toMatchObject({
    status: 'too slow',
    message: 'a run had not ended after 0.5 s',
  });
  expect(worker.alive).toBe(false);
  await expect(worker.call(request, 500)).rejects.toThrow('not ended');
});

it('ends a candidate whose run takes too long, goes on with the others, and starts it anew for the next case', async () => {
  const { candidates } = await measure({ 'csx-gpu': 'right', 'jax-js': 'hangs', 'torch-cpu': 'hangs warm' }, {}, 1500);
  expect(candidates.map(({ status, reason, timing }) => [status, reason, timing?.samples.length])).toEqual([
    ['measured', null, 6],
    ['too slow', 'its first run had not ended after 1.5 s', undefined],
    ['too slow', 'a run had not ended after 1.5 s', undefined],
  ]);
  expect(pool?.get('csx-gpu').alive).toBe(true);
  expect(pool?.get('jax-js').alive).toBe(true);
});

it('says so where the program is missing', async () => {
  const worker = startWorker({ command: 'csx-no-such-program', args: [] });
  const request = { method: 'time', params: { part: 'warm', repeats: 1 } } as const;
  await expect(worker.call(request, 5000)).rejects.toMatchObject({ status: 'absent' });
});
