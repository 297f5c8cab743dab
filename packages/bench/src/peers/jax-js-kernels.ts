import type { Array as JaxArray } from '@jax-js/jax';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { KernelTask } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { deviceDone } from './adapter-device.ts';
import { joined } from './joined.ts';
import { floatsOf, sizesOf, wordsOf } from './kernels/kernel-run.ts';
import type { Jax } from './load-jax.ts';
import { rowsAtOnce } from './rows-at-once.ts';

/** What is computed of which arrays; every array is used up by its one use, `.ref` keeps it for another. */
interface JaxKernel {
  readonly arrays: readonly JaxArray[];
  compute(...arrays: JaxArray[]): JaxArray[];
}

type Build = (jax: Jax, task: KernelTask) => Promise<JaxKernel>;

const matrix = ({ numpy: np }: Jax, values: Float32Array, shape: readonly number[]) =>
  np.array(values as Float32Array<ArrayBuffer>, { shape: [...shape] });
const rowsOf = ({ numpy: np }: Jax, values: Uint32Array) => np.array(Int32Array.from(values));

const nearest: Build = async (jax, task) => {
  const { numpy: np } = jax;
  const { n, m, d } = sizesOf(task, 'n', 'm', 'd');
  const { query, base } = await floatsOf(task, 'query', 'base');
  const blocks = rowsAtOnce(n, m);
  return {
    // The blocks of queries are arrays of their own: slices would be copies in every run.
    arrays: [
      matrix(jax, base, [m, d]),
      ...blocks.map(({ first, count }) => matrix(jax, query.slice(first * d, (first + count) * d), [count, d])),
    ],
    compute(rows, ...queries) {
      const norms = np.sum(np.square(rows.ref), 1);
      const columns = rows.transpose();
      const found = queries.map((block) => {
        const products = np.matmul(block, columns.ref);
        return np.argmin(norms.ref.sub(products.mul(2)), 1);
      });
      norms.dispose();
      columns.dispose();
      return found;
    },
  };
};

const pairwiseDistance: Build = async (jax, task) => {
  const { numpy: np } = jax;
  const { n, m, d } = sizesOf(task, 'n', 'm', 'd');
  const { a, b } = await floatsOf(task, 'a', 'b');
  return {
    arrays: [matrix(jax, a, [n, d]), matrix(jax, b, [m, d])],
    compute(x, y) {
      const norms = np
        .sum(np.square(x.ref), 1)
        .reshape([n, 1])
        .add(np.sum(np.square(y.ref), 1));
      return [norms.sub(np.matmul(x, y.transpose()).mul(2))];
    },
  };
};

const rank: Build = async (jax, task) => ({
  arrays: [matrix(jax, (await floatsOf(task, 'scores')).scores, [sizesOf(task, 'n').n])],
  compute: (scores) => [jax.numpy.argsort(scores)],
});

const extrapolate: Build = async (jax, task) => {
  const { numpy: np } = jax;
  const { n, d, pairCount, gamma, pMax, pMin, bias } = sizesOf(
    task,
    ...(['n', 'd', 'pairCount', 'gamma', 'pMax', 'pMin', 'bias'] as const),
  );
  const { latents, weights } = await floatsOf(task, 'latents', 'weights');
  const { minorRows, majorRows } = await wordsOf(task, 'minorRows', 'majorRows');
  return {
    arrays: [
      matrix(jax, latents, [n, d]),
      matrix(jax, weights, [d, 1]),
      rowsOf(jax, minorRows),
      rowsOf(jax, majorRows),
    ],
    compute(rows, boundary, minorIndex, majorIndex) {
      const minor = np.take(rows.ref, minorIndex, 0);
      const major = np.take(rows, majorIndex, 0);
      const distance = (of: JaxArray, by: JaxArray) => np.abs(np.matmul(of, by).add(bias));
      const ratio = distance(major.ref, boundary.ref).div(distance(minor.ref, boundary));
      const raw = np
        .maximum(ratio, 1)
        .sub(1)
        .mul(gamma * pMax)
        .add(0.5);
      const weight = np.clip(raw, pMin, 1);
      const share = np.subtract(1, weight.ref);
      return [weight.ref.mul(minor).add(share.mul(major)), weight.reshape([pairCount])];
    },
  };
};

const dense: Build = async (jax, task) => {
  const { numpy: np } = jax;
  const { rows, inFeatures, outFeatures } = sizesOf(task, 'rows', 'inFeatures', 'outFeatures');
  const { input, filter, outputGradient } = await floatsOf(task, 'input', 'filter', 'outputGradient');
  const x = () => matrix(jax, input, [rows, inFeatures]);
  const w = () => matrix(jax, filter, [inFeatures, outFeatures]);
  const dy = () => matrix(jax, outputGradient, [rows, outFeatures]);
  if (task.shape.pass === 'forward') return { arrays: [x(), w()], compute: (a, b) => [np.matmul(a, b)] };
  if (task.shape.pass === 'input gradient') {
    return { arrays: [dy(), w()], compute: (a, b) => [np.matmul(a, b.transpose())] };
  }
  return { arrays: [x(), dy()], compute: (a, b) => [np.matmul(a.transpose(), b)] };
};

const kernels: Readonly<Record<string, Build>> = {
  nearest,
  'pairwise-distance': pairwiseDistance,
  rank,
  extrapolate,
  dense,
};

/** A kernel composed of jax-js's operations, compiled as one. */
export async function openKernel(jax: Jax, device: GPUDevice, task: KernelTask): Promise<Omit<Opened, 'about'>> {
  const build = Object.hasOwn(kernels, task.kernel) ? kernels[task.kernel] : undefined;
  if (build === undefined) throw new PeerFailure('unsupported', `not asked to do ${task.kernel}`);
  const { arrays, compute } = await build(jax, task);
  const compiled = jax.jit(compute);
  const run = () => compiled(...arrays.map((array) => array.ref));
  return {
    async check() {
      return joined(await Promise.all(run().map((result) => result.data())));
    },
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        for (const result of run()) {
          await result.blockUntilReady();
          result.dispose();
        }
      }
      await deviceDone(device);
    },
    async close() {
      for (const array of arrays) array.dispose();
      compiled.dispose();
    },
  };
}
