import { createCpuLatentOps, createGpuLatentOps, createOnnxEngine } from '@csx/core';
import { describeRuntime, listAdapters, requestAdapter } from '@csx/core/host';
import { measureInTurns } from './measure.ts';
import { nearestSuite } from './suites/nearest.ts';
import type { BenchMachine, Suite } from './suites/suite.ts';
import { trainingStepSuite } from './suites/training-step.ts';

const sampleCount = 20;
const asJson = process.argv.includes('--json');

const suites: readonly ((machine: BenchMachine) => Promise<Suite>)[] = [nearestSuite, trainingStepSuite];

const runtime = describeRuntime();
const cpu = createCpuLatentOps();
const adapters = await listAdapters();
const gpu = adapters.length === 0 ? undefined : createGpuLatentOps(await requestAdapter());
const machine: BenchMachine = {
  latentOps: gpu === undefined ? [cpu] : [cpu, gpu],
  engine: await createOnnxEngine({ threads: runtime.cpuCount }),
};

const results = [];
for (const open of suites) {
  const suite = await open(machine);
  const timings = await measureInTurns(suite.candidates, sampleCount);
  for (const [candidate, timing] of timings) {
    results.push({
      suite: suite.name,
      shape: suite.shape,
      candidate,
      gflopPerSecond: suite.flop / timing.medianMs / 1e6,
      ...timing,
    });
    if (!asJson) {
      const { medianMs, minMs, maxMs } = timing;
      const rate = (suite.flop / medianMs / 1e6).toFixed(1);
      console.log(
        `${suite.name} ${suite.shape}, ${candidate}: ${medianMs.toFixed(1)} ms (${minMs.toFixed(1)} to ${maxMs.toFixed(1)}), ${rate} GFLOP/s`,
      );
    }
  }
  await suite.dispose?.();
}
for (const ops of machine.latentOps) ops.dispose();
if (asJson)
  console.log(JSON.stringify({ runtime, adapter: gpu?.description.name ?? null, sampleCount, results }, undefined, 2));
