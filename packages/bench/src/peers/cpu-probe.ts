import { Worker } from 'node:worker_threads';
import { OnnxGraphWriter } from '@csx/core';
import { matmulRows, matmulValue } from '../harness/probes.ts';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { ProbeTask } from '../worker/protocol.ts';
import { type Opened, serve } from '../worker/serve.ts';
import { loadOrt, openSession } from './ort.ts';

type Variant<Name> = Extract<ProbeTask['variant'], { readonly probe: Name }>;

/** ONNX Runtime's matrix product of constants; only its first rows leave the graph. */
async function openMatmul({ size }: Variant<'matmul'>, threads: number): Promise<Omit<Opened, 'about'>> {
  const ort = await loadOrt();
  const graph = new OnnxGraphWriter();
  const values = Float32Array.from({ length: size * size }, (_, at) => matmulValue(Math.floor(at / size), at % size));
  const square = [size, size] as const;
  const product = graph.node('MatMul', [graph.floats(values, square, 'a'), graph.floats(values, square, 'b')]);
  graph.node('Slice', [product, graph.ints([0]), graph.ints([matmulRows]), graph.ints([0])], {}, 'result');
  graph.output('result', [matmulRows, size]);
  // Any level above would compute the product once, when the session is made.
  const session = await openSession(ort, graph.finish(), 'cpu', threads, { graphOptimizationLevel: 'disabled' });
  return {
    check: async () => Float32Array.from((await session.run({})).result.data as Float32Array),
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await session.run({});
    },
    close: () => session.release(),
  };
}

/** A copy in each of several threads at once. */
async function openHostCopy({ length }: Variant<'host copy'>, threads: number): Promise<Omit<Opened, 'about'>> {
  const workers = Array.from(
    { length: threads },
    (_, thread) =>
      new Worker(new URL('./copy-thread.js', import.meta.url), { workerData: { length, value: thread + 1 } }),
  );
  const copy = (repeats: number) =>
    Promise.all(
      workers.map(
        (worker) =>
          new Promise<number>((resolve, reject) => {
            worker.once('message', resolve);
            worker.once('error', reject);
            worker.postMessage(repeats);
          }),
      ),
    );
  return {
    check: async () => Float32Array.from(await copy(1)),
    run: async (repeats) => void (await copy(repeats)),
    close: async () => void (await Promise.all(workers.map((worker) => worker.terminate()))),
  };
}

await serve(async (task): Promise<Opened> => {
  if (task.kind !== 'probe') throw new PeerFailure('unsupported', `a probe does no ${task.kind}`);
  const { variant, threads } = task;
  const open = () => {
    if (variant.probe === 'matmul') return openMatmul(variant, threads);
    if (variant.probe === 'host copy') return openHostCopy(variant, threads);
    throw new PeerFailure('unsupported', `${variant.probe} is no probe of a processor`);
  };
  return { ...(await open()), about: () => ({ versions: {}, device: `CPU, ${threads} threads`, wgsl: {} }) };
});
