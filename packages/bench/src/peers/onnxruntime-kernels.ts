import { OnnxGraphWriter } from '@csx/core';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { KernelTask } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { joined } from './joined.ts';
import { floatsOf, sizesOf, wordsOf } from './kernels/kernel-run.ts';
import { type Ort, type OrtProvider, openSession } from './ort.ts';
import { rowsAtOnce } from './rows-at-once.ts';

/** A result of the graph: its name and the number of its values. */
interface Result {
  readonly name: string;
  readonly length: number;
}

/** Writes a kernel as operators on constants of the model, which lie where the provider keeps them. */
type Write = (graph: OnnxGraphWriter) => readonly Result[];

const toFloat = 1;
const floats = (graph: OnnxGraphWriter, indices: string) => graph.node('Cast', [indices], { to: toFloat });
const squaredNorms = (graph: OnnxGraphWriter, rows: string) =>
  graph.node('ReduceSum', [graph.node('Mul', [rows, rows]), graph.ints([1])], { keepdims: 0 });

/**
 * The column of the smallest of each row. The WebGPU provider has no ArgMin: there the smallest is found, then the lowest
 * column that holds it.
 */
function smallestColumn(graph: OnnxGraphWriter, values: string, columns: number, provider: OrtProvider): string {
  if (provider === 'cpu') return floats(graph, graph.node('ArgMin', [values], { axis: 1, keepdims: 0 }));
  const isSmallest = graph.node('Equal', [values, graph.node('ReduceMin', [values], { axes: [1], keepdims: 1 })]);
  const numbers = graph.floats(
    Float32Array.from({ length: columns }, (_, column) => column),
    [1, columns],
  );
  const candidates = graph.node('Where', [isSmallest, numbers, graph.scalar(columns)]);
  return graph.node('ReduceMin', [candidates], { axes: [1], keepdims: 0 });
}

async function nearest(task: KernelTask, provider: OrtProvider): Promise<Write> {
  const { n, m, d } = sizesOf(task, 'n', 'm', 'd');
  const { query, base } = await floatsOf(task, 'query', 'base');
  return (graph) => {
    const rows = graph.floats(base, [m, d], 'base');
    const norms = squaredNorms(graph, rows);
    const columns = graph.node('Transpose', [rows], { perm: [1, 0] });
    const parts = rowsAtOnce(n, m).map(({ first, count }) => {
      const block = graph.floats(query.slice(first * d, (first + count) * d), [count, d]);
      const products = graph.node('Mul', [graph.node('MatMul', [block, columns]), graph.scalar(2)]);
      return smallestColumn(graph, graph.node('Sub', [norms, products]), m, provider);
    });
    return [{ name: parts.length === 1 ? parts[0] : graph.node('Concat', parts, { axis: 0 }), length: n }];
  };
}

async function pairwiseDistance(task: KernelTask): Promise<Write> {
  const { n, m, d } = sizesOf(task, 'n', 'm', 'd');
  const { a, b } = await floatsOf(task, 'a', 'b');
  return (graph) => {
    const [x, y] = [graph.floats(a, [n, d], 'a'), graph.floats(b, [m, d], 'b')];
    const column = graph.node('Unsqueeze', [squaredNorms(graph, x), graph.ints([1])]);
    const norms = graph.node('Add', [column, squaredNorms(graph, y)]);
    const products = graph.node('MatMul', [x, graph.node('Transpose', [y], { perm: [1, 0] })]);
    return [{ name: graph.node('Sub', [norms, graph.node('Mul', [products, graph.scalar(2)])]), length: n * m }];
  };
}

/** The `count` lowest of the scores. */
async function lowest(task: KernelTask, count: number, sorted: boolean): Promise<Write> {
  const { scores } = await floatsOf(task, 'scores');
  return (graph) => {
    const indices = graph.temporary();
    const inputs = [graph.floats(scores, [scores.length], 'scores'), graph.ints([count])];
    graph.nodes('TopK', inputs, { largest: 0, sorted: sorted ? 1 : 0 }, [graph.temporary(), indices]);
    return [{ name: floats(graph, indices), length: count }];
  };
}

async function extrapolate(task: KernelTask): Promise<Write> {
  const { n, d, pairCount, gamma, pMax, pMin, bias } = sizesOf(
    task,
    ...(['n', 'd', 'pairCount', 'gamma', 'pMax', 'pMin', 'bias'] as const),
  );
  const arrays = await floatsOf(task, 'latents', 'weights');
  const { minorRows, majorRows } = await wordsOf(task, 'minorRows', 'majorRows');
  return (graph) => {
    const latents = graph.floats(arrays.latents, [n, d], 'latents');
    const weights = graph.floats(arrays.weights, [d, 1], 'weights');
    const taken = (rows: Uint32Array) => graph.node('Gather', [latents, graph.ints([...rows])], { axis: 0 });
    const [minor, major] = [taken(minorRows), taken(majorRows)];
    const distance = (of: string) =>
      graph.node('Abs', [graph.node('Add', [graph.node('MatMul', [of, weights]), graph.scalar(bias)])]);
    const ratio = graph.node('Div', [distance(major), distance(minor)]);
    const excess = graph.node('Sub', [graph.node('Max', [ratio, graph.scalar(1)]), graph.scalar(1)]);
    const raw = graph.node('Add', [graph.node('Mul', [excess, graph.scalar(gamma * pMax)]), graph.scalar(0.5)]);
    const weight = graph.node('Clip', [raw, graph.scalar(pMin), graph.scalar(1)]);
    const share = graph.node('Sub', [graph.scalar(1), weight]);
    const blended = graph.node('Add', [graph.node('Mul', [weight, minor]), graph.node('Mul', [share, major])]);
    return [
      { name: blended, length: pairCount * d },
      { name: weight, length: pairCount },
    ];
  };
}

async function dense(task: KernelTask): Promise<Write> {
  const { rows, inFeatures, outFeatures } = sizesOf(task, 'rows', 'inFeatures', 'outFeatures');
  const { input, filter, outputGradient } = await floatsOf(task, 'input', 'filter', 'outputGradient');
  return (graph) => {
    const x = () => graph.floats(input, [rows, inFeatures], 'input');
    const w = () => graph.floats(filter, [inFeatures, outFeatures], 'filter');
    const dy = () => graph.floats(outputGradient, [rows, outFeatures], 'outputGradient');
    if (task.shape.pass === 'forward') return [{ name: graph.node('MatMul', [x(), w()]), length: rows * outFeatures }];
    if (task.shape.pass === 'input gradient')
      return [{ name: graph.node('Gemm', [dy(), w()], { transB: 1 }), length: rows * inFeatures }];
    return [{ name: graph.node('Gemm', [x(), dy()], { transA: 1 }), length: inFeatures * outFeatures }];
  };
}

const kernels: Readonly<Record<string, (task: KernelTask, provider: OrtProvider) => Promise<Write>>> = {
  nearest,
  'pairwise-distance': pairwiseDistance,
  select: async (task) => lowest(task, sizesOf(task, 'count').count, false),
  rank: async (task) => lowest(task, sizesOf(task, 'n').n, true),
  extrapolate,
  dense,
};

/** `part`: only a few values leave the device. */
function model(write: Write, part: boolean): Uint8Array {
  const graph = new OnnxGraphWriter();
  for (const [at, { name, length }] of write(graph).entries()) {
    const flat = graph.node('Reshape', [name, graph.ints([-1])]);
    const few = Math.min(2, length);
    if (part) graph.node('Slice', [flat, graph.ints([0]), graph.ints([few]), graph.ints([0])], {}, `result${at}`);
    else graph.node('Identity', [flat], {}, `result${at}`);
    graph.output(`result${at}`, [part ? few : length]);
  }
  return graph.finish();
}

/** A kernel composed of ONNX's operators, by one of ONNX Runtime's providers. */
export async function openKernel(ort: Ort, provider: OrtProvider, task: KernelTask): Promise<Omit<Opened, 'about'>> {
  const read = Object.hasOwn(kernels, task.kernel) ? kernels[task.kernel] : undefined;
  if (read === undefined) throw new PeerFailure('unsupported', `not asked to do ${task.kernel}`);
  const write = await read(task, provider);
  // Any level above would compute the constant result once, when the session is made.
  const options = { graphOptimizationLevel: 'disabled' };
  const open = (part: boolean) => openSession(ort, model(write, part), provider, task.threads, options);
  const session = await open(true);
  return {
    async check() {
      const whole = await open(false);
      const results = Object.entries(await whole.run({})).sort(([a], [b]) => a.localeCompare(b));
      const values = joined(results.map(([, result]) => result.data as Float32Array));
      await whole.release();
      return values;
    },
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await session.run({});
    },
    close: () => session.release(),
  };
}
