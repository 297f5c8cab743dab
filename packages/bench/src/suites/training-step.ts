import { createBackbone, createStream, initialWeights, modelToGraph, zeroMomenta } from '@csx/core';
import type { BenchMachine, Suite } from './suite.ts';

const [width, batchSize] = [0.25, 64];
/** VGG19 at 32 x 32 takes 2.39 GFLOP an image and step at width 1; all but a few per cent goes with the width squared. */
const flopPerImage = 2.39e9 * width ** 2;

/** A training step of VGG19 with batch norm. */
export async function trainingStepSuite({ engine }: BenchMachine): Promise<Suite> {
  const graph = modelToGraph(createBackbone({ name: 'vgg19', width, classCount: 10, inputShape: [32, 32, 3] }));
  const step = await engine.compileTrainStep(graph, { batchSize, momentum: 0.9, weightDecay: 5e-4 });
  step.setState({
    weights: initialWeights(graph, (index) => createStream(0, 'initialWeights', index)),
    momenta: zeroMomenta(graph),
  });
  const stream = createStream(0, 'testData');
  const inputs = Float32Array.from({ length: batchSize * 32 * 32 * 3 }, () => stream.normal());
  const labels = Uint8Array.from({ length: batchSize }, (_, row) => row % 10);
  return {
    name: 'training step',
    shape: `VGG19, width ${width}, batch ${batchSize}`,
    flop: flopPerImage * batchSize,
    candidates: [{ name: engine.name, run: () => step.run({ inputs, labels, learningRate: 0.01 }) }],
    dispose: () => step.dispose(),
  };
}
