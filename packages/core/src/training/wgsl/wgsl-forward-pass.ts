import { bufferUsage, createPlan, DisposedError, InvalidInputError, type Plan, type Session } from '@csx/wgsl-kernels';
import { requireForwardRows, requireWeights } from '../check-batch.ts';
import type { ForwardResult, ReweightableForwardPass, Weights } from '../engine.ts';
import { elementCount, type ModelGraph, shapeOf } from '../graph/model-graph.ts';
import type { TrainingKernels } from './kernels.ts';
import { parameterArenas } from './memory.ts';
import { PlanBuffers } from './plan-buffers.ts';
import { planBuffers } from './schedule.ts';
import { scheduleEvaluation } from './schedule-forward.ts';

const label = 'forward pass';

/** Compiles a network in evaluation mode; its weights come later. */
export async function compileWgslForwardPass(
  session: Session,
  kernels: TrainingKernels,
  graph: ModelGraph,
  batchSize: number,
): Promise<ReweightableForwardPass> {
  const schedule = scheduleEvaluation(graph, batchSize);
  const shared = planBuffers(schedule);
  const { trained, statistics } = parameterArenas(graph);
  const encoders = await Promise.all(schedule.kernels.map((kernel) => kernel.prepare(kernels)));
  const buffers = new PlanBuffers(session, label);
  const plan = createPlan(session, label);
  try {
    await session.submit(`${label}: buffers`, ({ encoder }) => {
      for (const [name, arena] of Object.entries({ weights: trained, statistics }))
        buffers.bindArena(buffers.acquire(arena.bytes, bufferUsage.storage, name), arena);
      buffers.acquireShared(schedule, shared, bufferUsage.storage);
      buffers.clear(encoder);
      for (const encode of encoders) {
        encode(plan, buffers.at);
        plan.releaseTemporaries();
      }
      return [];
    });
  } catch (error) {
    plan.dispose(false);
    buffers.discard();
    throw error;
  }
  return new WgslForwardPass(session, graph, batchSize, buffers, plan);
}

class WgslForwardPass implements ReweightableForwardPass {
  readonly batchSize: number;
  readonly #session: Session;
  readonly #graph: ModelGraph;
  readonly #buffers: PlanBuffers;
  readonly #plan: Plan;
  #hasWeights = false;
  #disposed = false;

  constructor(session: Session, graph: ModelGraph, batchSize: number, buffers: PlanBuffers, plan: Plan) {
    this.#session = session;
    this.#graph = graph;
    this.batchSize = batchSize;
    this.#buffers = buffers;
    this.#plan = plan;
  }

  setWeights(weights: Weights): void {
    this.#requireLive();
    requireWeights(this.#graph.parameters, weights, 'weights');
    for (const { name } of this.#graph.parameters) this.#write(name, weights.get(name) as Float32Array);
    this.#hasWeights = true;
  }

  async run(inputs: Float32Array, n: number): Promise<ForwardResult> {
    this.#requireLive();
    if (!this.#hasWeights) throw new InvalidInputError(`${label}: run() before setWeights()`);
    const { input, latent, logits } = this.#graph;
    const sizeOf = (tensor: string) => elementCount(shapeOf(this.#graph, tensor));
    requireForwardRows(this.#graph, this.batchSize, inputs, n);
    // Rows behind a short batch hold what an earlier one left; no row reads another.
    this.#write(input, inputs.subarray(0, n * sizeOf(input)));
    const [latents, scores] = await this.#session.submit(label, ({ encoder }) => {
      this.#plan.replay(encoder);
      return [latent, logits].map((tensor) => ({
        buffer: this.#buffers.at(tensor).buffer,
        bytes: n * sizeOf(tensor) * 4,
      }));
    });
    return { latents: new Float32Array(latents), logits: new Float32Array(scores) };
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#plan.dispose();
    this.#buffers.release();
  }

  #requireLive(): void {
    if (this.#disposed) throw new DisposedError(`${label}: used after dispose()`);
  }

  #write(name: string, values: Float32Array): void {
    const { buffer, offset = 0 } = this.#buffers.at(name);
    this.#session.device.queue.writeBuffer(buffer, offset, values.buffer, values.byteOffset, values.byteLength);
  }
}
