import { classifierHeadGraph, createStream, initialWeights, permutation } from '@csx/core';
import type { HeadTask } from '../worker/protocol.ts';
import { writeArray } from '../worker/task-files.ts';
import type { BenchCase, BenchContext, Judgement } from './bench-case.ts';
import { flatWeights, plainGraph } from './plain-graph.ts';
import { normalValues } from './random-values.ts';

export interface HeadSizes {
  readonly n: number;
  readonly d: number;
  readonly classCount: number;
  readonly batchSize: number;
  readonly epochs: number;
}

/** Latents around one point for each class, as a trained backbone gives them. */
function clusteredLatents({ n, d, classCount }: HeadSizes, labels: Uint32Array, seed: number): Float32Array {
  const centers = normalValues(classCount * d, seed, 4);
  const noise = normalValues(n * d, seed, 5);
  return noise.map((value, at) => 0.1 * value + 0.1 * centers[labels[Math.floor(at / d)] * d + (at % d)]);
}

/**
 * Mean losses of the epochs: the same batches in the same order, so that they differ by roundings alone. The loss falls
 * towards 0, so that a small share of the first is let pass.
 */
function judgeEpochs(values: Float32Array, reference: Float32Array): Judgement {
  const worst = reference.reduce((largest, expected, epoch) => {
    const share = Math.abs(values[epoch] - expected) / (1e-3 * expected + 1e-4 * reference[0]);
    return Math.max(share, largest);
  }, 0);
  return {
    what: 'mean loss of every epoch beside the CPU engine, as a share of 0.001 of it and 0.0001 of the first',
    error: values.length === reference.length ? worst : Infinity,
    bound: 1,
  };
}

export function headCase(
  sizes: HeadSizes,
  extra: Pick<BenchCase, 'scaled' | 'mostSamples'>,
  context: BenchContext,
): BenchCase {
  const { n, d, classCount, batchSize, epochs } = sizes;
  const stepCount = Math.floor(n / batchSize);
  return {
    suite: 'training-head',
    name: `${n} x ${d}, ${classCount} classes, batch ${batchSize}, ${epochs} epochs`,
    what: `${epochs} epochs of momentum SGD, each in an order of its own; latents in host memory (CPU) or on the device`,
    shape: { ...sizes },
    // Logits and the kernel's gradient; the latents need none.
    flop: 4 * epochs * stepCount * batchSize * d * classCount,
    bytes: null,
    candidates: ['csx-gpu', 'csx-cpu', 'torch-cpu', 'torch-cuda'],
    baseline: 'csx-cpu',
    reference: 'csx-cpu',
    ...extra,
    async prepare(folder) {
      const { seed, adapter, threads } = context;
      const graph = classifierHeadGraph(d, classCount);
      const labels = Uint32Array.from({ length: n }, (_, row) => row % classCount);
      await writeArray(folder, 'labels.u32', labels);
      await writeArray(folder, 'latents.f32', clusteredLatents(sizes, labels, seed));
      const orders = new Uint32Array(epochs * n);
      for (let epoch = 0; epoch < epochs; epoch++) {
        orders.set(permutation(n, createStream(seed, 'headEpochOrder', epoch)), epoch * n);
      }
      await writeArray(folder, 'orders.u32', orders);
      const weights = initialWeights(graph, (index) => createStream(seed, 'initialWeights', index));
      await writeArray(folder, 'weights.f32', flatWeights(graph, weights));
      const task: HeadTask = {
        kind: 'head',
        folder,
        adapter,
        threads,
        graph: plainGraph(graph),
        learningRate: 0.01,
        momentum: 0.9,
        weightDecay: 5e-4,
        ...sizes,
      };
      return { task, judge: judgeEpochs };
    },
  };
}

const paper = { n: 20_000, d: 512, classCount: 10, batchSize: 256 };
const paperEpochs = 190;
const fewEpochs = 5;

/** The head phase of the paper's preset: a few epochs, sampled often, and the whole of it. */
export function headSuite(context: BenchContext): readonly BenchCase[] {
  const scaled = { what: `${paperEpochs} epochs`, factor: paperEpochs / fewEpochs };
  return [
    headCase({ ...paper, epochs: fewEpochs }, { scaled }, context),
    headCase({ ...paper, epochs: paperEpochs }, { mostSamples: 5 }, context),
  ];
}
