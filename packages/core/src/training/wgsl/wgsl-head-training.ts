import {
  type Binding,
  bufferUsage,
  createPlan,
  DisposedError,
  InvalidInputError,
  type Plan,
  type PreparedLinearSoftmax,
  type Session,
  writePadded,
} from '@csx/wgsl-kernels';
import { requireState } from '../check-batch.ts';
import { keptPartCount, requireLatents, requireOrder } from '../check-head.ts';
import type { BatchResult, HeadEpoch, HeadOptions, HeadTraining, LabelledLatents, TrainState } from '../engine.ts';
import { classifierHeadGraph, headBias, headKernel, type ModelGraph } from '../graph/model-graph.ts';
import { type Arena, layOut } from './arena.ts';
import type { TrainingKernels } from './kernels.ts';
import { PlanBuffers } from './plan-buffers.ts';

const label = 'classifier head';
const names = {
  latents: 'latents',
  labels: 'labels',
  order: 'order',
  totals: 'totals',
  state: 'state',
  learningRate: 'learning rate',
  classWeights: 'class weights',
} as const;
const momentumOf = (parameter: string) => `momentum of ${parameter}`;
/** Mean loss and correct rows of a step. */
const totalsBytes = 8;

/** What an epoch works on for one number of latents. */
interface HeadMemory {
  readonly buffers: PlanBuffers;
  /** All steps of an epoch. */
  readonly plan: Plan;
  readonly parts: readonly LabelledLatents[];
  readonly n: number;
  readonly steps: number;
}

/** Compiles the kernels for latents of one width; neither their number nor that of the steps is compiled in. */
export async function compileWgslHead(
  session: Session,
  { linearSoftmax }: TrainingKernels,
  options: HeadOptions,
): Promise<HeadTraining> {
  const { nesterov = false, classWeights, ...rest } = options;
  const kernel = await linearSoftmax.prepare({ ...rest, nesterov, classWeights: classWeights !== undefined });
  const graph = classifierHeadGraph(options.d, options.classCount);
  const parameters = graph.parameters.map(({ name, shape }) => [name, shape.reduce((a, b) => a * b) * 4] as const);
  const state = layOut([...parameters, ...parameters.map(([name, bytes]) => [momentumOf(name), bytes] as const)]);
  const buffers = new PlanBuffers(session, label);
  try {
    await session.submit(`${label}: buffers`, () => {
      buffers.bindArena(acquire(buffers, names.state, state.bytes), state);
      acquire(buffers, names.learningRate, 16, bufferUsage.uniform);
      if (classWeights !== undefined)
        writePadded(session.device, acquire(buffers, names.classWeights, classWeights.byteLength), classWeights);
      return [];
    });
  } catch (error) {
    buffers.discard();
    throw error;
  }
  return new WgslHeadTraining(session, kernel, { options, graph, state, buffers });
}

function acquire(buffers: PlanBuffers, name: string, bytes: number, usage: number = bufferUsage.storage): GPUBuffer {
  const buffer = buffers.acquire(bytes, usage, name);
  buffers.bind(name, { buffer, size: bytes });
  return buffer;
}

interface Compiled {
  readonly options: HeadOptions;
  readonly graph: ModelGraph;
  /** Parameters and momenta. */
  readonly state: Arena;
  /** What does not depend on the number of latents. */
  readonly buffers: PlanBuffers;
}

class WgslHeadTraining implements HeadTraining {
  readonly batchSize: number;
  readonly #session: Session;
  readonly #kernel: PreparedLinearSoftmax;
  readonly #compiled: Compiled;
  #memory: HeadMemory | undefined;
  #hasState = false;
  #disposed = false;

  constructor(session: Session, kernel: PreparedLinearSoftmax, compiled: Compiled) {
    this.#session = session;
    this.#kernel = kernel;
    this.#compiled = compiled;
    this.batchSize = compiled.options.batchSize;
  }

  setState(state: TrainState): void {
    this.#requireLive();
    const { graph, buffers } = this.#compiled;
    requireState(graph, state);
    for (const { name } of graph.parameters) {
      this.#write(buffers.at(name), state.weights.get(name) as Float32Array);
      this.#write(buffers.at(momentumOf(name)), state.momenta.get(name) as Float32Array);
    }
    this.#hasState = true;
  }

  async getState(): Promise<TrainState> {
    this.#requireLive();
    if (!this.#hasState) throw new InvalidInputError(`${label}: getState() before setState()`);
    const { graph, state, buffers } = this.#compiled;
    const { buffer } = buffers.at(names.state);
    const [bytes] = await this.#session.submit(`${label}: state`, () => [{ buffer, bytes: state.bytes }]);
    const valuesOf = (entry: string) => {
      const { offset, bytes: size } = state.entries.get(entry) as { offset: number; bytes: number };
      return new Float32Array(bytes.slice(offset, offset + size));
    };
    return {
      weights: new Map(graph.parameters.map(({ name }) => [name, valuesOf(name)])),
      momenta: new Map(graph.parameters.map(({ name }) => [name, valuesOf(momentumOf(name))])),
    };
  }

  async setLatents(parts: readonly LabelledLatents[]): Promise<void> {
    this.#requireLive();
    const before = this.#memory;
    const kept = before === undefined ? 0 : keptPartCount(before.parts, parts);
    if (kept === parts.length && kept === before?.parts.length) return;
    const n = requireLatents(parts, this.#compiled.options);
    const steps = Math.floor(n / this.batchSize);
    const buffers = new PlanBuffers(this.#session, label);
    const plan = createPlan(this.#session, label);
    try {
      await this.#session.submit(`${label}: latents`, ({ encoder }) => {
        this.#record(plan, buffers, n, steps);
        this.#fill(encoder, buffers, parts, kept);
        return [];
      });
    } catch (error) {
      plan.dispose(false);
      buffers.discard();
      throw error;
    }
    this.#release();
    this.#memory = { buffers, plan, parts: [...parts], n, steps };
  }

  async trainEpoch({ order, learningRate, signal }: HeadEpoch): Promise<readonly BatchResult[]> {
    this.#requireLive();
    if (!this.#hasState) throw new InvalidInputError(`${label}: trainEpoch() before setState()`);
    requireOrder(order, this.#memory?.n ?? 0);
    signal?.throwIfAborted();
    const { buffers, plan, steps } = this.#memory as HeadMemory;
    this.#write(buffers.at(names.order), order.subarray(0, steps * this.batchSize));
    this.#write(this.#compiled.buffers.at(names.learningRate), Float32Array.of(learningRate));
    const [bytes] = await this.#session.submit(`${label}: epoch`, ({ encoder }) => {
      plan.replay(encoder);
      return [{ buffer: buffers.at(names.totals).buffer, bytes: steps * totalsBytes }];
    });
    const totals = new Float32Array(bytes);
    const { layer } = this.#compiled.graph.ops[0];
    return Array.from({ length: steps }, (_, step) => {
      const [loss, correctCount] = totals.subarray(step * 2);
      return { loss, correctCount, ...(!Number.isFinite(loss) && { nonFiniteLayer: layer }) };
    });
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#release();
    this.#compiled.buffers.release();
  }

  /** Makes the buffers of n latents, and records an epoch on them. */
  #record(plan: Plan, buffers: PlanBuffers, n: number, steps: number): void {
    const { d, classWeights } = this.#compiled.options;
    const { at } = this.#compiled.buffers;
    acquire(buffers, names.latents, n * d * 4);
    acquire(buffers, names.labels, n * 4);
    acquire(buffers, names.order, steps * this.batchSize * 4);
    acquire(buffers, names.totals, steps * totalsBytes);
    this.#kernel.encode(plan, {
      n,
      steps,
      latents: buffers.at(names.latents),
      labels: buffers.at(names.labels),
      order: buffers.at(names.order),
      totals: buffers.at(names.totals),
      classWeights: classWeights && at(names.classWeights),
      weights: at(headKernel),
      bias: at(headBias),
      weightMomenta: at(momentumOf(headKernel)),
      biasMomenta: at(momentumOf(headBias)),
      learningRate: at(names.learningRate),
    });
  }

  /** Takes the first `kept` parts from the buffers before, and sends the others. */
  #fill(encoder: GPUCommandEncoder, buffers: PlanBuffers, parts: readonly LabelledLatents[], kept: number): void {
    const [latents, labels] = [buffers.at(names.latents), buffers.at(names.labels)];
    const rowBytes = this.#compiled.options.d * 4;
    let row = 0;
    for (const [part, { latents: own, labels: classes }] of parts.entries()) {
      if (part >= kept) writePadded(this.#session.device, latents.buffer, own.data, row * rowBytes);
      writePadded(this.#session.device, labels.buffer, classes, row * 4);
      row += own.n;
      if (part === kept - 1) {
        const before = (this.#memory as HeadMemory).buffers.at(names.latents).buffer;
        encoder.copyBufferToBuffer(before, 0, latents.buffer, 0, row * rowBytes);
      }
    }
  }

  #release(): void {
    this.#memory?.plan.dispose();
    this.#memory?.buffers.release();
    this.#memory = undefined;
  }

  #requireLive(): void {
    if (this.#disposed) throw new DisposedError(`${label}: used after dispose()`);
  }

  #write({ buffer, offset }: Binding, values: Float32Array | Uint32Array): void {
    writePadded(this.#session.device, buffer, values, offset);
  }
}
