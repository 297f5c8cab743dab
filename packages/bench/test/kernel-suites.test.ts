import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type HostDevice, requestAdapter } from '@csx/core/host';
import { beforeAll, describe, expect, it } from 'vitest';
import { openKernel } from '../src/peers/kernels/open-kernel.ts';
import { kernelSuites } from '../src/suites/all-suites.ts';
import type { BenchCase, PreparedCase } from '../src/suites/bench-case.ts';
import type { KernelTask } from '../src/worker/protocol.ts';
import { smallKernelCases } from './support/small-kernel-cases.ts';

const context = { adapter: '', hasGpu: false, threads: 1, seed: 0 };
const small = smallKernelCases(context);

let host: HostDevice;
beforeAll(async () => {
  host = await requestAdapter();
});

async function withPrepared<T>(one: BenchCase, work: (prepared: PreparedCase) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'csx-bench-test-'));
  try {
    return await work(await one.prepare(folder));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What is put in place of a value: more than any bound away from it, and from every row and count. */
const wrongValues = [
  (value: number) => value + 0.01 * (Math.abs(value) + 1),
  (value: number) => value - 0.01 * (Math.abs(value) + 1),
  () => Number.NaN,
];

it('there is a suite for every kernel', async () => {
  const root = fileURLToPath(new URL('../../wgsl-kernels/src/kernels', import.meta.url));
  const folders = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const isKernel = async (name: string) => {
    const file = join(root, name, `${name}.ts`);
    // What is no kernel by itself is made by no such function, and measured with the kernels that it is a part of.
    return existsSync(file) && /^export function create/m.test(await readFile(file, 'utf8'));
  };
  const kernels: string[] = [];
  for (const { name } of folders) if (await isKernel(name)) kernels.push(name);
  expect(Object.keys(kernelSuites).sort()).toEqual(kernels.sort());
  for (const [kernel, suite] of Object.entries(kernelSuites)) {
    for (const hasGpu of [false, true]) expect(suite({ ...context, hasGpu }).length, kernel).toBeGreaterThan(0);
  }
});

it('every suite that measures kernels one by one has a small case here', () => {
  const suites = Object.values(kernelSuites).flatMap((suite) => suite({ ...context, hasGpu: true }));
  const names = suites.filter(({ suite }) => Object.hasOwn(kernelSuites, suite)).map(({ suite }) => suite);
  expect(new Set(small.map(({ suite }) => suite))).toEqual(new Set(names));
});

describe.each(small.map((one) => [`${one.suite}: ${one.name}`, one] as const))('%s', (_, one) => {
  it('is right twice, runs from host memory too, and passes no gate where a value is wrong', async () => {
    await withPrepared(one, async ({ task, judge }) => {
      const opened = await openKernel(host, task as KernelTask);
      const values = await opened.check();
      const judgement = judge(values, values, 'csx-gpu');
      expect(judgement.error, judgement.what).toBeLessThanOrEqual(judgement.bound);
      await opened.run(3);
      await opened.runEndToEnd?.(1);
      expect(await opened.check()).toEqual(values);
      await opened.close();

      const places = [0, values.length >> 1, values.length - 1];
      for (const at of places) {
        for (const wrong of wrongValues) {
          const changed = values.slice();
          changed[at] = wrong(values[at]);
          const { error, bound } = judge(changed, changed, 'csx-gpu');
          expect(error <= bound, `${values[at]} at ${at} became ${changed[at]}: error ${error} of ${bound}`).toBe(
            false,
          );
        }
      }
      const short = judge(values.slice(1), values, 'csx-gpu');
      expect(short.error <= short.bound).toBe(false);
    });
  });
});

it('says what a task lacks, and which kernels and variants there are not', async () => {
  const task: KernelTask = {
    kind: 'kernel',
    kernel: 'rank',
    variant: null,
    shape: { n: '7' },
    folder: '',
    adapter: '',
    threads: 1,
  };
  await expect(openKernel(host, task)).rejects.toMatchObject({ status: 'failed', message: 'rank: the task has no n' });
  const unknown = openKernel(host, { ...task, kernel: 'toString' });
  await expect(unknown).rejects.toMatchObject({ status: 'unsupported', message: 'there is no kernel toString' });
});
