import { sha256Hex } from '@csx/wgsl-kernels';
import { modelToGraph } from '../../src/backbone/model-to-graph.ts';
import { createBackbone } from '../../src/backbone/networks.ts';
import { quietTfjs } from '../../src/backbone/quiet-tfjs.ts';
import { initialWeights, zeroMomenta } from '../../src/backbone/weights.ts';
import { createStream } from '../../src/random/stream.ts';
import { createOnnxEngine } from '../../src/training/onnx/onnx-engine.ts';

/** What some training steps end in: which engine trained, and the sha256 of all weights and momenta. */
export interface TrainingOutcome {
  readonly engine: string;
  readonly hash: string;
}

/** Five steps of a narrow VGG19 and of a residual network from the same weights on the same images. */
export async function trainSomeSteps(threads: number): Promise<TrainingOutcome> {
  quietTfjs();
  const engine = await createOnnxEngine({ threads, backend: 'native' });
  const batchSize = 12;
  const values: Float32Array[] = [];
  for (const [key, name] of (['vgg19', 'resnet20'] as const).entries()) {
    const model = createBackbone({ name, width: 0.25, classCount: 10, inputShape: [32, 32, 3] });
    const graph = modelToGraph(model);
    const step = await engine.compileTrainStep(graph, { batchSize, momentum: 0.9, weightDecay: 5e-4 });
    step.setState({
      weights: initialWeights(graph, (index) => createStream(1, 'initialWeights', key, index)),
      momenta: zeroMomenta(graph),
    });
    for (let i = 0; i < 5; i++) {
      const stream = createStream(1, 'testData', key, i);
      const inputs = Float32Array.from({ length: batchSize * 32 * 32 * 3 }, () => stream.normal());
      const labels = Uint8Array.from({ length: batchSize }, () => stream.below(10));
      await step.run({ inputs, labels, learningRate: 0.02 });
    }
    const { weights, momenta } = await step.getState();
    values.push(...weights.values(), ...momenta.values());
    await step.dispose();
  }
  const bytes = new Uint8Array(await new Blob(values as BlobPart[]).arrayBuffer());
  return { engine: engine.name, hash: await sha256Hex(bytes) };
}
