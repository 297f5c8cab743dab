import { collectGarbage } from '../../../wgsl-kernels/test/support/collect-garbage.ts';
import { requestAdapter } from '../../src/host/node.ts';
import { classifierHeadGraph, type ModelGraph } from '../../src/training/graph/model-graph.ts';
import { createWgslEngine } from '../../src/training/wgsl/wgsl-engine.ts';

// Runs in a process of its own: a test runner's own growth would hide a leak, or look like one.
const engine = createWgslEngine(await requestAdapter({ kind: 'any' }));
const graph: ModelGraph = classifierHeadGraph(8, 3);
const step = await engine.compileTrainStep(graph, { batchSize: 4, momentum: 0.9, weightDecay: 1e-3 });
const weights = new Map(
  graph.parameters.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b))]),
);
step.setState({ weights, momenta: weights });
const batch = { inputs: new Float32Array(32).fill(0.5), labels: Uint8Array.of(0, 1, 2, 0), learningRate: 0.01 };

async function measureAfter(steps: number) {
  for (let at = 0; at < steps; at++) {
    await step.run(batch);
    if (at % 100 === 99) await step.results();
  }
  await step.results();
  await collectGarbage();
  return { pool: engine.stats(), residentBytes: process.memoryUsage.rss() };
}

// The first steps let the caches of the driver and of the allocators grow: under lavapipe for some 3000 of them.
const measures = [await measureAfter(4000)];
for (let round = 0; round < 3; round++) measures.push(await measureAfter(1000));
process.stdout.write(JSON.stringify(measures));
process.exit(0);
