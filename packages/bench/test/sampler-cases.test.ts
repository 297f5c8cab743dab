import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCpuLatentOps } from '@csx/core';
import { describeRuntime, requestAdapter } from '@csx/core/host';
import { describe, expect, it } from 'vitest';
import { runBench } from '../src/harness/run-bench.ts';
import { benchOptions } from '../src/options.ts';
import { openSampler } from '../src/peers/sampler.ts';
import { samplerCase } from '../src/suites/samplers.ts';
import { type SamplerTask, sampledParts } from '../src/worker/protocol.ts';

const context = { adapter: '', hasGpu: false, threads: 1, seed: 0 };
const classes = { largeCount: 30, smallCount: 14, classCount: 2, d: 9 };

it('measures our samplers and imbalanced-learn, each right', async () => {
  const record = await runBench({
    cases: sampledParts.map((part) => samplerCase(part, classes, context)),
    options: benchOptions(new Map([['samples', 1]]), describeRuntime().cpuCount),
    adapter: (await requestAdapter()).adapter,
    seed: 0,
    progress: () => undefined,
    done: () => undefined,
  });
  expect(record.results).toHaveLength(sampledParts.length);
  for (const { name, candidates } of record.results)
    for (const candidate of candidates) {
      // Where it is not installed, that is what is said.
      const status = candidate.name === 'imblearn-cpu' && candidate.status === 'absent' ? 'absent' : 'measured';
      expect(candidate, `${name}, ${candidate.title}: ${candidate.reason}`).toMatchObject({ status });
    }
}, 300_000);

describe.each(sampledParts)('the check of %s', (part) => {
  it('passes what is right, and tells what is not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'csx-bench-test-'));
    try {
      const { task, judge } = await samplerCase(part, classes, context).prepare(folder);
      const opened = await openSampler(createCpuLatentOps(), task as SamplerTask);
      const values = await opened.check();
      await opened.close();
      const passes = (given: Float32Array, name: 'csx-cpu' | 'imblearn-cpu') => {
        const { error, bound } = judge(given, given, name);
        return error <= bound;
      };
      for (const name of ['csx-cpu', 'imblearn-cpu'] as const) {
        expect(passes(values, name)).toBe(true);
        expect(passes(values.slice(1), name)).toBe(false);
        expect(
          passes(
            values.map(() => Number.NaN),
            name,
          ),
        ).toBe(false);
        expect(
          passes(
            values.map((value) => (value + 13) % 14),
            name,
          ),
        ).toBe(false);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
