import { describeRuntime, requestAdapter } from '@csx/core/host';
import { expect, it } from 'vitest';
import { runBench } from '../src/harness/run-bench.ts';
import { parseOptions } from '../src/options.ts';
import { trainingStepCase } from '../src/suites/training-step.ts';

it('measures the training step of the other libraries on WebGPU, each with the losses of the CPU engine', async () => {
  const context = { adapter: '', hasGpu: false, threads: 1, seed: 0 };
  const sizes = { network: 'small', width: 0.1, batchSize: 4, imageSize: 8 } as const;
  const candidates = ['csx-cpu', 'jax-js', 'onnxruntime-webgpu'] as const;
  const record = await runBench({
    cases: [trainingStepCase('training-step', sizes, candidates, 'csx-cpu', context)],
    options: parseOptions(['--samples', '1'], describeRuntime().cpuCount),
    adapter: (await requestAdapter()).adapter,
    seed: 0,
    progress: () => undefined,
    done: () => undefined,
  });
  for (const candidate of record.results[0].candidates) {
    expect(candidate, candidate.title).toMatchObject({ status: 'measured', reason: null });
    expect(candidate.timing?.samples).toHaveLength(1);
  }
  // Their compilers on a software driver.
}, 300_000);
