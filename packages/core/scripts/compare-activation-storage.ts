// Loss curves of one training with activations stored as f32 and as f16, on the mini CIFAR-10 sample, as a table:
//   npx bun packages/core/scripts/compare-activation-storage.ts [NETWORK [WIDTH [BATCH [STEPS [RATE]]]]]
// The third curve is of f32 again, from weights moved by 2^-23 of themselves: what a last bit makes of this training.
import process from 'node:process';
import { modelToGraph } from '../src/backbone/model-to-graph.ts';
import { backboneNames, createBackbone } from '../src/backbone/networks.ts';
import { initialWeights, zeroMomenta } from '../src/backbone/weights.ts';
import { channelStatistics, standardizationTable } from '../src/data/standardize.ts';
import { loadMiniCifar10 } from '../src/files/mini-cifar10.ts';
import { requestAdapter } from '../src/host/bun.ts';
import { createStream } from '../src/random/stream.ts';
import type { Weights } from '../src/training/engine.ts';
import { createWgslEngine } from '../src/training/wgsl/wgsl-engine.ts';
import { takeRows } from './take-rows.ts';

const [network = 'small', ...sizes] = process.argv.slice(2);
const [width = 0.5, batchSize = 64, steps = 150, learningRate = 0.02] = sizes.map(Number);
const backbone = backboneNames.find((known) => known === network);
if (backbone === undefined) throw new Error(`NETWORK is ${network}, expected one of ${backboneNames.join(', ')}`);
const rowsOfTable = 10;

const { train, name, classNames } = await loadMiniCifar10();
const table = standardizationTable(channelStatistics(train));
const inputShape = [train.height, train.width, train.channels] as const;
const graph = modelToGraph(createBackbone({ name: backbone, width, classCount: classNames.length, inputShape }));
const start = initialWeights(graph, (index) => createStream(0, 'initialWeights', index));

/** Rows drawn at random, the same in every training. */
function makeBatch(step: number) {
  const stream = createStream(0, 'testData', step);
  const rows = Uint32Array.from({ length: batchSize }, () => stream.below(train.n));
  const { pixels, labels } = takeRows(train, rows);
  return { inputs: { pixels, rows, table, epoch: 0 }, labels };
}

const host = await requestAdapter({ kind: 'any' });
async function lossesOf(activationStorage: 'f32' | 'f16', weights: Weights) {
  const engine = createWgslEngine(host, { activationStorage });
  const step = await engine.compileTrainStep(graph, { batchSize, momentum: 0.9, weightDecay: 5e-4 });
  step.setState({ weights, momenta: zeroMomenta(graph) });
  for (let i = 0; i < steps; i++) await step.run({ ...makeBatch(i), learningRate });
  const losses = (await step.results()).map(({ loss }) => loss);
  const { liveBytes } = engine.stats();
  await step.dispose();
  engine.dispose();
  return { losses, liveBytes };
}

const moved = new Map(
  [...start].map(([parameter, values]) => [parameter, values.map((value) => value * (1 + 2 ** -23))]),
);
const curves = [await lossesOf('f32', start), await lossesOf('f16', start), await lossesOf('f32', moved)];
const [full, half] = curves;
const lines = [
  `${network}, width ${width}, learning rate ${learningRate}, batch ${batchSize}, ${steps} steps on ${name}, ${host.adapter.name}`,
  `bytes: ${full?.liveBytes} with f32, ${half?.liveBytes} with f16`,
  '| steps | f32 | f16 | f32, a last bit moved |',
  '| ----- | --- | --- | --------------------- |',
];
// Means over the steps since the last row: a single batch's loss says little.
const length = Math.ceil(steps / rowsOfTable);
for (let from = 0; from < steps; from += length) {
  const to = Math.min(steps, from + length);
  const means = curves.map(({ losses }) => losses.slice(from, to).reduce((sum, loss) => sum + loss, 0) / (to - from));
  lines.push(`| ${from + 1} to ${to} | ${means.map((mean) => mean.toFixed(4)).join(' | ')} |`);
}
process.stdout.write(`${lines.join('\n')}\n`);
process.exit(0);
