import * as tf from '@tensorflow/tfjs';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { KernelTask } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { joined } from './joined.ts';
import { floatsOf, sizesOf, wordsOf } from './kernels/kernel-run.ts';
import { rowsAtOnce } from './rows-at-once.ts';

/** The tensors of a run, in the order in which the suite judges them; all but them are tidied. */
type Compute = () => readonly tf.Tensor[];

const vector = (values: Uint32Array) => tf.tensor1d(Int32Array.from(values), 'int32');

/** |b|^2 - 2 a.b in blocks of rows, and the column of the smallest of each row. */
async function nearest(task: KernelTask): Promise<Compute> {
  const { n, m, d } = sizesOf(task, 'n', 'm', 'd');
  const arrays = await floatsOf(task, 'query', 'base');
  const [query, base] = [tf.tensor2d(arrays.query, [n, d]), tf.tensor2d(arrays.base, [m, d])];
  return () => {
    const norms = tf.sum(tf.square(base), 1);
    const parts = rowsAtOnce(n, m).map(({ first, count }) =>
      tf.tidy(() => {
        const products = tf.matMul(tf.slice(query, [first, 0], [count, d]), base, false, true);
        return tf.argMin(tf.sub(norms, tf.mul(products, 2)), 1);
      }),
    );
    return [tf.concat(parts)];
  };
}

async function pairwiseDistance(task: KernelTask): Promise<Compute> {
  const { n, m, d } = sizesOf(task, 'n', 'm', 'd');
  const arrays = await floatsOf(task, 'a', 'b');
  const [a, b] = [tf.tensor2d(arrays.a, [n, d]), tf.tensor2d(arrays.b, [m, d])];
  return () => {
    const norms = tf.add(tf.sum(tf.square(a), 1, true), tf.sum(tf.square(b), 1));
    return [tf.sub(norms, tf.mul(tf.matMul(a, b, false, true), 2))];
  };
}

async function classMeans(task: KernelTask): Promise<Compute> {
  const { n, d, classCount } = sizesOf(task, 'n', 'd', 'classCount');
  const { latents } = await floatsOf(task, 'latents');
  const words = (await wordsOf(task, 'labels')).labels;
  const counts = new Float32Array(classCount);
  for (const label of words) counts[label]++;
  const [rows, labels, divisors] = [tf.tensor2d(latents, [n, d]), vector(words), tf.tensor2d(counts, [classCount, 1])];
  return () => [tf.div(tf.unsortedSegmentSum(rows, labels, classCount), divisors)];
}

/** The `count` lowest of the scores: the largest of their negatives. */
async function lowest(task: KernelTask, count: number, sorted: boolean): Promise<Compute> {
  const scores = tf.tensor1d((await floatsOf(task, 'scores')).scores);
  return () => [tf.topk(tf.neg(scores), count, sorted).indices];
}

async function extrapolate(task: KernelTask): Promise<Compute> {
  const { n, d, gamma, pMax, pMin, bias } = sizesOf(task, 'n', 'd', 'gamma', 'pMax', 'pMin', 'bias');
  const arrays = await floatsOf(task, 'latents', 'weights');
  const rows = await wordsOf(task, 'minorRows', 'majorRows');
  const [latents, weights] = [tf.tensor2d(arrays.latents, [n, d]), tf.tensor2d(arrays.weights, [d, 1])];
  const [minorRows, majorRows] = [vector(rows.minorRows), vector(rows.majorRows)];
  return () => {
    const [minor, major] = [tf.gather(latents, minorRows), tf.gather(latents, majorRows)];
    const distance = (of: tf.Tensor) => tf.abs(tf.add(tf.matMul(of as tf.Tensor2D, weights), bias));
    const excess = tf.sub(tf.maximum(tf.div(distance(major), distance(minor)), 1), 1);
    const weight = tf.clipByValue(tf.add(tf.mul(excess, gamma * pMax), 0.5), pMin, 1);
    return [tf.add(tf.mul(weight, minor), tf.mul(tf.sub(1, weight), major)), weight];
  };
}

async function dense(task: KernelTask): Promise<Compute> {
  const { rows, inFeatures, outFeatures } = sizesOf(task, 'rows', 'inFeatures', 'outFeatures');
  const arrays = await floatsOf(task, 'input', 'filter', 'outputGradient');
  const input = tf.tensor2d(arrays.input, [rows, inFeatures]);
  const filter = tf.tensor2d(arrays.filter, [inFeatures, outFeatures]);
  const outputGradient = tf.tensor2d(arrays.outputGradient, [rows, outFeatures]);
  if (task.shape.pass === 'forward') return () => [tf.matMul(input, filter)];
  if (task.shape.pass === 'input gradient') return () => [tf.matMul(outputGradient, filter, false, true)];
  return () => [tf.matMul(input, outputGradient, true, false)];
}

async function softmaxCrossEntropy(task: KernelTask): Promise<Compute> {
  const { rows, classCount } = sizesOf(task, 'rows', 'classCount');
  const logits = tf.tensor2d((await floatsOf(task, 'logits')).logits, [rows, classCount]);
  const labels = vector((await wordsOf(task, 'labels')).labels);
  return () => {
    const targets = tf.oneHot(labels, classCount).toFloat();
    const gradient = tf.div(tf.sub(tf.softmax(logits), targets), rows);
    const loss = tf.div(tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)))), rows);
    const correct = tf.sum(tf.equal(tf.argMax(logits, 1), labels).toFloat());
    return [gradient, tf.stack([loss, correct, tf.scalar(rows), tf.scalar(0)])];
  };
}

const kernels: Readonly<Record<string, (task: KernelTask) => Promise<Compute>>> = {
  nearest,
  'pairwise-distance': pairwiseDistance,
  'class-means': classMeans,
  select: async (task) => lowest(task, sizesOf(task, 'count').count, false),
  rank: async (task) => lowest(task, sizesOf(task, 'n').n, true),
  extrapolate,
  dense,
  'softmax-cross-entropy': softmaxCrossEntropy,
};

/**
 * A kernel composed of TensorFlow.js's operations, on its current backend.
 * @param done resolves when the device has done what was recorded
 */
export async function openKernel(task: KernelTask, done: () => Promise<void>): Promise<Omit<Opened, 'about'>> {
  const build = Object.hasOwn(kernels, task.kernel) ? kernels[task.kernel] : undefined;
  if (build === undefined) throw new PeerFailure('unsupported', `not asked to do ${task.kernel}`);
  tf.engine().startScope();
  const compute = await build(task);
  const run = () => tf.tidy(() => [...compute()]);
  return {
    async check() {
      const results = run();
      const arrays = await Promise.all(results.map((result) => result.data()));
      tf.dispose(results);
      return joined(arrays);
    },
    async run(repeats) {
      for (let i = 0; i < repeats; i++) tf.dispose(run());
      await done();
    },
    async close() {
      tf.engine().endScope();
    },
  };
}
