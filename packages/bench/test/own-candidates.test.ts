import { describeRuntime, requestAdapter } from '@csx/core/host';
import { expect, it } from 'vitest';
import { runBench } from '../src/harness/run-bench.ts';
import { benchOptions } from '../src/options.ts';
import { benchRecordSchema } from '../src/record.ts';
import { convolutionCase } from '../src/suites/convolution.ts';
import { headCase } from '../src/suites/head.ts';
import { nearestCase } from '../src/suites/nearest.ts';
import { trainingStepCase } from '../src/suites/training-step.ts';

it('measures our own candidates, each right, into a record that fits its schema', async () => {
  const context = { adapter: '', hasGpu: false, threads: 1, seed: 0 };
  const ours = ['csx-gpu', 'csx-cpu'] as const;
  const step = { network: 'small', width: 0.25, batchSize: 8, imageSize: 8 } as const;
  const sizes = { batch: 2, size: 4, inChannels: 8, outChannels: 12 };
  const all = [
    trainingStepCase('training-step', step, [...ours, 'csx-gpu-f16'], 'csx-gpu', context),
    ...(['forward', 'input gradient', 'filter gradient'] as const).map((pass) => ({
      ...convolutionCase(sizes, pass, context),
      candidates: ['csx-gpu'] as const,
    })),
    {
      ...headCase({ n: 70, d: 12, classCount: 3, batchSize: 16, epochs: 2 }, {}, context),
      candidates: ours,
    },
    { ...nearestCase(20, 30, 8, context), candidates: [...ours, 'csx-reference'] as const },
  ];
  // One suite: its workers are kept from case to case.
  const cases = all.map((one) => ({ ...one, suite: 'own' }));
  const { adapter } = await requestAdapter();
  const record = await runBench({
    cases,
    options: benchOptions(new Map([['samples', 2]]), describeRuntime().cpuCount),
    adapter,
    seed: 0,
    progress: () => undefined,
    done: () => undefined,
  });
  expect(benchRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(JSON.parse(JSON.stringify(record)));
  for (const { name, shape, candidates } of record.results) {
    for (const candidate of candidates) {
      if (candidate.name === 'csx-gpu-f16' && !adapter.features.includes('shader-f16')) {
        const reason = `the adapter ${adapter.name} has no shader-f16`;
        expect(candidate).toMatchObject({ status: 'unsupported', reason });
        continue;
      }
      expect(candidate, `${name}, ${candidate.title}`).toMatchObject({ status: 'measured', reason: null });
      expect(candidate.timing?.samples).toHaveLength(2);
      expect(candidate.coldMs).toBeGreaterThan(0);
      // A single kernel is timed by the device's clock, too, or it is said why not.
      const clocks = [candidate.gpuTiming, candidate.gpuTimingFlag].filter((one) => one !== null);
      const isKernel = shape.pass !== undefined || shape.k !== undefined;
      expect(clocks, name).toHaveLength(isKernel && candidate.name === 'csx-gpu' ? 1 : 0);
    }
    const gpu = candidates.find((candidate) => candidate.name === 'csx-gpu');
    const hashes = Object.values(gpu?.wgsl ?? {});
    expect(hashes, name).not.toEqual([]);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  }
  // Three processes that compile on a software driver.
}, 300_000);
