import { modelToGraph } from '../../src/backbone/model-to-graph.ts';
import { createBackbone } from '../../src/backbone/networks.ts';
import { quietTfjs } from '../../src/backbone/quiet-tfjs.ts';
import { initialWeights, zeroMomenta } from '../../src/backbone/weights.ts';
import { createStream } from '../../src/random/stream.ts';
import { createOnnxEngine } from '../../src/training/onnx/onnx-engine.ts';

/** Plain values, since they cross from a page to a test. */
export interface SmallTraining {
  readonly engine: string;
  readonly losses: readonly number[];
  /** Parameter -> values after the last step. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** Three steps of the small network, with the engine that this runtime has. */
export async function trainSmallNetwork(): Promise<SmallTraining> {
  quietTfjs();
  const engine = await createOnnxEngine({ threads: 1 });
  const batchSize = 8;
  const graph = modelToGraph(createBackbone({ name: 'small', width: 0.25, classCount: 10, inputShape: [32, 32, 3] }));
  const step = await engine.compileTrainStep(graph, { batchSize, momentum: 0.9, weightDecay: 5e-4 });
  step.setState({
    weights: initialWeights(graph, (index) => createStream(2, 'initialWeights', index)),
    momenta: zeroMomenta(graph),
  });
  for (let i = 0; i < 3; i++) {
    const stream = createStream(2, 'testData', i);
    const inputs = Float32Array.from({ length: batchSize * 32 * 32 * 3 }, () => stream.normal());
    const labels = Uint8Array.from({ length: batchSize }, () => stream.below(10));
    await step.run({ inputs, labels, learningRate: 0.02 });
  }
  const losses = (await step.results()).map(({ loss }) => loss);
  const { weights } = await step.getState();
  await step.dispose();
  return {
    engine: engine.name,
    losses,
    weights: Object.fromEntries([...weights].map(([name, values]) => [name, [...values]])),
  };
}
