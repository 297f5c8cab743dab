import { requireLatents, requireOrder } from '../check-head.ts';
import type { BatchResult, HeadEpoch, HeadTraining, LabelledLatents, TrainState, TrainStep } from '../engine.ts';

/** A head's epochs as steps whose batches are gathered one by one. */
export class OnnxHeadTraining implements HeadTraining {
  readonly batchSize: number;
  readonly #step: TrainStep;
  readonly #d: number;
  readonly #classCount: number;
  #parts: readonly LabelledLatents[] = [];
  #n = 0;

  constructor(step: TrainStep, d: number, classCount: number) {
    this.#step = step;
    this.batchSize = step.batchSize;
    this.#d = d;
    this.#classCount = classCount;
  }

  setState(state: TrainState): void {
    this.#step.setState(state);
  }

  getState(): Promise<TrainState> {
    return this.#step.getState();
  }

  async setLatents(parts: readonly LabelledLatents[]): Promise<void> {
    this.#n = requireLatents(parts, { d: this.#d, classCount: this.#classCount, batchSize: this.batchSize });
    this.#parts = [...parts];
  }

  async trainEpoch({ order, learningRate, signal }: HeadEpoch): Promise<readonly BatchResult[]> {
    requireOrder(order, this.#n);
    const inputs = new Float32Array(this.batchSize * this.#d);
    const labels = new Uint32Array(this.batchSize);
    for (let first = 0; first + this.batchSize <= order.length; first += this.batchSize) {
      signal?.throwIfAborted();
      this.#gather(order.subarray(first, first + this.batchSize), inputs, labels);
      await this.#step.run({ inputs, labels, learningRate });
    }
    return this.#step.results();
  }

  dispose(): Promise<void> {
    return this.#step.dispose();
  }

  #gather(rows: Uint32Array, inputs: Float32Array, labels: Uint32Array): void {
    const d = this.#d;
    rows.forEach((row, to) => {
      let at = row;
      let part = 0;
      while (at >= this.#parts[part].labels.length) at -= this.#parts[part++].labels.length;
      const { latents, labels: own } = this.#parts[part];
      inputs.set(latents.data.subarray(at * d, (at + 1) * d), to * d);
      labels[to] = own[at];
    });
  }
}
