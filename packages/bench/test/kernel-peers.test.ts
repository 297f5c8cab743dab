import { describeRuntime, requestAdapter } from '@csx/core/host';
import { expect, it } from 'vitest';
import { runBench } from '../src/harness/run-bench.ts';
import { benchOptions } from '../src/options.ts';
import { type CandidateName, tensorLibraries } from '../src/suites/candidates.ts';
import { nearestCase } from '../src/suites/nearest.ts';
import { smallKernelCases } from './support/small-kernel-cases.ts';

/** Of Python, where the machine may not have them. */
const ofPython: readonly CandidateName[] = ['torch-cpu', 'numpy-cpu', 'scipy-cpu', 'sklearn-cpu', 'faiss-cpu'];

it('measures other libraries at the kernels that they are asked for, each right', async () => {
  const { adapter } = await requestAdapter();
  // SwiftShader takes minutes to compile what jax-js writes for a search: it is measured here on other adapters only.
  const here = [...new Set([...tensorLibraries, ...ofPython])].filter(
    (name) => name !== 'torch-cuda' && (name !== 'jax-js' || adapter.name !== 'swiftshader'),
  );
  const context = { adapter: '', hasGpu: false, threads: 1, seed: 0 };
  const cases = [...smallKernelCases(context), nearestCase(20, 30, 8, context)].map((one) => ({
    ...one,
    // One suite: its workers are kept from case to case.
    suite: 'others',
    candidates: one.candidates.filter((name) => here.includes(name) || name === one.reference),
  }));
  const record = await runBench({
    cases: cases.filter(({ candidates }) => candidates.length > 0),
    options: benchOptions(new Map([['samples', 1]]), describeRuntime().cpuCount),
    adapter,
    seed: 0,
    progress: () => undefined,
    done: () => undefined,
  });
  const told = record.results.flatMap(({ what: _, name, candidates }) =>
    candidates
      .filter(
        ({ status, name: candidate }) =>
          status !== 'measured' && !(status === 'absent' && ofPython.some((name) => name === candidate)),
      )
      .map(({ title, status, reason }) => `${name}, ${title}: ${status} (${reason})`),
  );
  // TopK, and nothing else.
  const reason = 'unsupported (its WebGPU provider has no kernel for a node of the graph)';
  expect(told).toEqual([
    `700 scores, ONNX Runtime, WebGPU provider: ${reason}`,
    `30 % of 700 scores, ONNX Runtime, WebGPU provider: ${reason}`,
  ]);
  // Their compilers on a software driver.
}, 300_000);
