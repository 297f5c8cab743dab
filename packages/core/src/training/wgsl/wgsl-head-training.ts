import { DisposedError, InvalidInputError, type Session, writePadded } from '@csx/wgsl-kernels';
import { requireState } from '../check-batch.ts';
import { keptPartCount, requireOrder } from '../check-head.ts';
import type { BatchResult, HeadEpoch, HeadTraining, LabelledLatents, TrainState } from '../engine.ts';
import type { ArenaEntry } from './arena.ts';
import {
  type CompiledHead,
  createHeadMemory,
  type HeadMemory,
  headNames,
  headTotalsBytes,
  momentumOf,
  releaseHeadMemory,
} from './head-memory.ts';
import type { PlanBuffers } from './plan-buffers.ts';

const label = 'classifier head';

/** Replays the recorded steps of an epoch. Neither the number of latents nor that of the steps is compiled in. */
export class WgslHeadTraining implements HeadTraining {
  readonly batchSize: number;
  readonly #session: Session;
  readonly #compiled: CompiledHead;
  #memory: HeadMemory | undefined;
  #hasState = false;
  #disposed = false;

  constructor(session: Session, compiled: CompiledHead) {
    this.#session = session;
    this.#compiled = compiled;
    this.batchSize = compiled.options.batchSize;
  }

  setState(state: TrainState): void {
    this.#requireLive();
    const { graph, buffers } = this.#compiled;
    requireState(graph, state);
    for (const { name } of graph.parameters) {
      this.#write(buffers, name, state.weights.get(name) as Float32Array);
      this.#write(buffers, momentumOf(name), state.momenta.get(name) as Float32Array);
    }
    this.#hasState = true;
  }

  async getState(): Promise<TrainState> {
    this.#requireLive();
    if (!this.#hasState) throw new InvalidInputError(`${label}: getState() before setState()`);
    const { graph, state, buffers } = this.#compiled;
    const { buffer } = buffers.at(headNames.state);
    const [all] = await this.#session.submit(`${label}: state`, () => [{ buffer, bytes: state.bytes }]);
    const valuesOf = (name: string) => {
      const { offset, bytes } = state.entries.get(name) as ArenaEntry;
      return new Float32Array(all.slice(offset, offset + bytes));
    };
    return {
      weights: new Map(graph.parameters.map(({ name }) => [name, valuesOf(name)])),
      momenta: new Map(graph.parameters.map(({ name }) => [name, valuesOf(momentumOf(name))])),
    };
  }

  async setLatents(parts: readonly LabelledLatents[]): Promise<void> {
    this.#requireLive();
    const before = this.#memory;
    if (parts.length === before?.parts.length && keptPartCount(before.parts, parts) === parts.length) return;
    this.#memory = await createHeadMemory(this.#session, this.#compiled, [...parts], before);
    if (before !== undefined) releaseHeadMemory(before);
  }

  async trainEpoch({ order, learningRate, signal }: HeadEpoch): Promise<readonly BatchResult[]> {
    this.#requireLive();
    if (!this.#hasState) throw new InvalidInputError(`${label}: trainEpoch() before setState()`);
    requireOrder(order, this.#memory?.n ?? 0);
    signal?.throwIfAborted();
    const { buffers, plan, steps } = this.#memory as HeadMemory;
    this.#write(buffers, headNames.order, order.subarray(0, steps * this.batchSize));
    this.#write(this.#compiled.buffers, headNames.learningRate, Float32Array.of(learningRate));
    const [bytes] = await this.#session.submit(`${label}: epoch`, ({ encoder }) => {
      plan.replay(encoder);
      return [{ buffer: buffers.at(headNames.totals).buffer, bytes: steps * headTotalsBytes }];
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
    if (this.#memory !== undefined) releaseHeadMemory(this.#memory);
    this.#memory = undefined;
    this.#compiled.buffers.release();
  }

  #requireLive(): void {
    if (this.#disposed) throw new DisposedError(`${label}: used after dispose()`);
  }

  #write(buffers: PlanBuffers, name: string, values: Float32Array | Uint32Array): void {
    const { buffer, offset } = buffers.at(name);
    writePadded(this.#session.device, buffer, values, offset);
  }
}
