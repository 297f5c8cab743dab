import { describeRuntime, requestAdapter } from '@csx/core/host';
import { expect, it } from 'vitest';
import { runBench } from '../src/harness/run-bench.ts';
import { benchOptions } from '../src/options.ts';
import { convolutionCase } from '../src/suites/convolution.ts';
import { trainingStepCase } from '../src/suites/training-step.ts';
import { convolutionPasses } from '../src/worker/protocol.ts';

it('measures jax-js and ONNX Runtime on WebGPU: the training step and each convolution, each right', async () => {
  const context = { adapter: '', hasGpu: false, threads: 1, seed: 0 };
  const step = { network: 'small', width: 0.1, batchSize: 4, imageSize: 8 } as const;
  const stepCandidates = ['csx-cpu', 'jax-js', 'onnxruntime-webgpu'] as const;
  const sizes = { batch: 2, size: 4, inChannels: 8, outChannels: 12 };
  const cases = [
    trainingStepCase('training-step', step, stepCandidates, 'csx-cpu', context),
    ...convolutionPasses.map((pass) => ({
      ...convolutionCase(sizes, pass, context),
      candidates: ['jax-js', 'onnxruntime-webgpu', 'onnxruntime-cpu'] as const,
    })),
  ];
  const record = await runBench({
    // One suite: its workers are kept from case to case.
    cases: cases.map((one) => ({ ...one, suite: 'others' })),
    options: benchOptions(new Map([['samples', 1]]), describeRuntime().cpuCount),
    adapter: (await requestAdapter()).adapter,
    seed: 0,
    progress: () => undefined,
    done: () => undefined,
  });
  for (const { name, candidates } of record.results) {
    expect(candidates).toHaveLength(3);
    for (const candidate of candidates) {
      expect(candidate, `${name}, ${candidate.title}`).toMatchObject({ status: 'measured', reason: null });
      expect(candidate.timing?.samples).toHaveLength(1);
    }
  }
  // Their compilers on a software driver.
}, 300_000);
