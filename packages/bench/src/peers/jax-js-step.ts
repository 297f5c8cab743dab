import type { ModelGraph } from '@csx/core';
import type { Array as JaxArray } from '@jax-js/jax';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { TrainingStepTask } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { readFloats, readWords } from '../worker/task-files.ts';
import { deviceDone } from './adapter-device.ts';
import { parameterShape, parameterValues, toChannelsFirst } from './layouts.ts';
import type { Jax } from './load-jax.ts';
import { graphOf, readTaskWeights } from './training.ts';

/** By the name of a parameter. */
type Arrays = Record<string, JaxArray>;

/**
 * The network in training mode, channels first, as jax-js convolves: its logits, and mean and variance of the batch by
 * the names of the running ones. Every array is used up by its one use; `.ref` keeps it for another.
 */
function network(
  { lax, nn, numpy: np }: Jax,
  graph: ModelGraph,
  weights: Arrays,
  images: JaxArray,
): [JaxArray, Arrays] {
  const statistics: Arrays = {};
  let x = images;
  // A chain of operations, since `add`, where branches would meet, is not built.
  for (const op of graph.ops) {
    const [height, width] = graph.shapes.get(op.input) as readonly number[];
    if (op.kind === 'conv2d' && op.bias === undefined) {
      const [top, left, bottom, right] = op.padding;
      x = lax.conv(
        x,
        weights[op.kernel],
        [...op.stride],
        [
          [top, bottom],
          [left, right],
        ],
      );
    } else if (op.kind === 'batchNorm') {
      const over = [0, 2, 3];
      const mean = np.mean(x.ref, over, { keepdims: true });
      const centered = x.sub(mean.ref);
      const variance = np.mean(np.square(centered.ref), over, { keepdims: true });
      const perChannel = (name: string) => weights[name].reshape([-1, 1, 1]);
      const deviation = np.sqrt(variance.ref.add(op.epsilon));
      x = centered.div(deviation).mul(perChannel(op.gamma)).add(perChannel(op.beta));
      statistics[op.movingMean] = mean.reshape([-1]);
      statistics[op.movingVariance] = variance.reshape([-1]);
    } else if (op.kind === 'relu') {
      x = nn.relu(x);
    } else if (op.kind === 'maxPool') {
      x = lax.reduceWindow(x, np.max, [...op.size], [...op.size]);
    } else if (op.kind === 'globalAveragePool') {
      x = np.mean(x, [2, 3]);
    } else if (op.kind === 'flatten' && height === 1 && width === 1) {
      x = x.reshape([x.shape[0], -1]);
    } else if (op.kind === 'dense') {
      x = np.matmul(x, weights[op.kernel]);
      if (op.bias !== undefined) x = x.add(weights[op.bias]);
    } else {
      throw new PeerFailure('unsupported', `${op.kind} of layer ${op.layer} is not built in jax-js`);
    }
  }
  return [x, statistics];
}

/** A step as its users write one: `jit` of `valueAndGrad` and an update; weights and momenta stay on the device. */
export async function openTrainingStep(
  jax: Jax,
  device: GPUDevice,
  task: TrainingStepTask,
): Promise<Omit<Opened, 'about'>> {
  const { batchSize, learningRate, momentum, weightDecay, checkSteps, folder } = task;
  const { nn, numpy: np, tree } = jax;
  const graph = graphOf(task);
  const trained = graph.parameters.filter(({ role }) => role !== 'statistic');
  const shares = new Map(
    graph.ops.flatMap((op) =>
      op.kind === 'batchNorm' ? [op.movingMean, op.movingVariance].map((name) => [name, op.momentum] as const) : [],
    ),
  );
  const [classCount] = graph.shapes.get(graph.logits) as readonly number[];

  const lossOf = (weights: Arrays, images: JaxArray, labels: JaxArray): [JaxArray, Arrays] => {
    const [logits, statistics] = network(jax, graph, weights, images);
    const logProbability = nn.logSoftmax(logits).mul(nn.oneHot(labels, classCount));
    return [logProbability.sum().mul(-1 / batchSize), statistics];
  };
  const step = jax.jit((weights: Arrays, momenta: Arrays, running: Arrays, images: JaxArray, labels: JaxArray) => {
    const [[loss, statistics], gradients] = jax.valueAndGrad(lossOf, { hasAux: true })(
      tree.ref(weights),
      images,
      labels,
    );
    const [nextWeights, nextMomenta, nextRunning]: [Arrays, Arrays, Arrays] = [{}, {}, {}];
    for (const { name, role } of trained) {
      const decay = role === 'kernel' ? weights[name].ref.mul(weightDecay) : undefined;
      const gradient = decay === undefined ? gradients[name] : gradients[name].add(decay);
      const next = momenta[name].mul(momentum).add(gradient);
      nextMomenta[name] = next.ref;
      nextWeights[name] = weights[name].sub(next.mul(learningRate));
    }
    for (const [name, share] of shares) {
      nextRunning[name] = running[name].mul(share).add(statistics[name].mul(1 - share));
    }
    return { loss, weights: nextWeights, momenta: nextMomenta, running: nextRunning };
  });

  const { imageSize } = task.backbone;
  const images = toChannelsFirst(await readFloats(folder, 'inputs.f32'), [batchSize, imageSize, imageSize, 3]);
  const labels = Int32Array.from(await readWords(folder, 'labels.u32'));
  const start = await readTaskWeights(task);
  const array = (values: Float32Array | Int32Array, shape: readonly number[]) =>
    np.array(values as Float32Array<ArrayBuffer>, { shape: [...shape] });

  let state: { readonly weights: Arrays; readonly momenta: Arrays; readonly running: Arrays } | undefined;
  const restart = () => {
    tree.dispose(state);
    const [weights, momenta, running]: [Arrays, Arrays, Arrays] = [{}, {}, {}];
    for (const { name, shape, role } of graph.parameters) {
      const values = start.get(name) as Float32Array;
      const ownShape = parameterShape(shape);
      (role === 'statistic' ? running : weights)[name] = array(parameterValues(values, shape), ownShape);
      if (role !== 'statistic') momenta[name] = np.zeros([...ownShape]);
    }
    state = { weights, momenta, running };
  };
  const train = async (): Promise<number> => {
    if (state === undefined) throw new PeerFailure('failed', 'a step before check');
    const batch = [array(images, [batchSize, 3, imageSize, imageSize]), array(labels, [batchSize])] as const;
    const { loss, ...next } = step(state.weights, state.momenta, state.running, ...batch);
    state = next;
    const [value] = await loss.data();
    return value;
  };
  return {
    async check() {
      restart();
      const losses: number[] = [];
      for (let i = 0; i < checkSteps; i++) losses.push(await train());
      return Float32Array.from(losses);
    },
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await train();
      await deviceDone(device);
    },
    async close() {
      tree.dispose(state);
      step.dispose();
    },
  };
}
