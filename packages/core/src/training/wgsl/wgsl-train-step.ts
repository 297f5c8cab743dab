import { DisposedError, InvalidInputError, type Session, type UploadData, writePadded } from '@csx/wgsl-kernels';
import { augmentKey } from '../augment-batch.ts';
import { requireBatch, requireState } from '../check-batch.ts';
import { classOffsetsOf } from '../check-loss-options.ts';
import { dropoutMaskName } from '../dropouts.ts';
import type { BatchResult, TrainBatch, TrainState, TrainStep, TrainStepOptions, Weights } from '../engine.ts';
import { elementCount, type ModelGraph, shapeOf } from '../graph/model-graph.ts';
import { firstNonFiniteLayer } from '../non-finite.ts';
import type { Arena, ArenaEntry } from './arena.ts';
import { BatchSplit } from './batch-split.ts';
import { controlNames } from './controls.ts';
import { InFlight } from './in-flight.ts';
import { batchNames } from './schedule-backward.ts';
import { controlBufferName, pixelNames, type StepMemory, slotCount, totalsBytes } from './step-memory.ts';

const label = 'training step';

/** Replays a recorded step for every batch. */
export class WgslTrainStep implements TrainStep {
  readonly batchSize: number;
  readonly #session: Session;
  readonly #graph: ModelGraph;
  readonly #options: TrainStepOptions;
  readonly #latentSize: number;
  readonly #split: BatchSplit;
  readonly #labels: Uint32Array;
  readonly #rowWeights: Float32Array;
  readonly #inFlight: InFlight;
  #memory: StepMemory | undefined;
  /** Slots of the totals that hold results nobody has asked for. */
  #usedSlots = 0;
  #results: BatchResult[] = [];
  /** Steps since `setState`; undefined before it. */
  #stepCount: number | undefined;
  /** What the device has already, as the same table comes with every batch. */
  #table: Float32Array | undefined;

  constructor(session: Session, graph: ModelGraph, options: TrainStepOptions, memory: StepMemory) {
    this.#session = session;
    this.#graph = graph;
    this.#options = options;
    this.#memory = memory;
    this.batchSize = options.batchSize;
    this.#latentSize = elementCount(shapeOf(graph, graph.latent));
    this.#split = new BatchSplit(options, this.#latentSize);
    const rows = this.#split.batchSize + this.#split.latentBatchSize;
    this.#labels = new Uint32Array(rows);
    this.#rowWeights = new Float32Array(rows);
    this.#inFlight = new InFlight(session.device.queue);
    if (options.classWeights !== undefined) this.#write(batchNames.classWeights, options.classWeights);
    const classOffsets = classOffsetsOf(options);
    if (classOffsets !== undefined) this.#write(batchNames.classOffsets, classOffsets);
  }

  setState(state: TrainState): void {
    const { arenas, weights, momenta, statistics } = this.#live();
    requireState(this.#graph, state);
    this.#writeArena(weights, arenas.trained, state.weights);
    this.#writeArena(momenta, arenas.trained, state.momenta);
    this.#writeArena(statistics, arenas.statistics, state.weights);
    this.#results = [];
    this.#usedSlots = 0;
    this.#stepCount = 0;
  }

  async getState(): Promise<TrainState> {
    const { arenas, weights, momenta, statistics } = this.#live();
    if (this.#stepCount === undefined) throw new InvalidInputError(`${label}: getState() before setState()`);
    await this.#inFlight.drain();
    const [w, m, s] = await this.#session.submit(`${label}: state`, () => [
      { buffer: weights, bytes: arenas.trained.bytes },
      { buffer: momenta, bytes: arenas.trained.bytes },
      { buffer: statistics, bytes: arenas.statistics.bytes },
    ]);
    const all = new Map([...readArena(w, arenas.trained), ...readArena(s, arenas.statistics)]);
    return {
      weights: new Map(this.#graph.parameters.map(({ name }) => [name, all.get(name) as Float32Array])),
      momenta: new Map(readArena(m, arenas.trained)),
    };
  }

  async run(batch: TrainBatch): Promise<void> {
    const memory = this.#live();
    if (this.#stepCount === undefined) throw new InvalidInputError(`${label}: run() before setState()`);
    requireBatch(this.#graph, this.#options, batch);
    if (this.#usedSlots === slotCount) await this.#fetch();
    const { partCount } = this.#split;
    const shares = this.#split.sharesOf(batch);
    for (let part = 0; part < partCount; part++) {
      await this.#inFlight.takeNext();
      const piece = this.#split.partOf(batch, part);
      this.#writeInputs(piece);
      this.#writeRows(piece);
      this.#writeControls(piece, part, shares[part] as number);
      this.#inFlight.add(
        this.#session.submit(label, ({ encoder }) => {
          if (part === 0) beginStep(encoder, memory);
          if (!(piece.inputs instanceof Float32Array)) memory.augmentPlan?.replay(encoder);
          memory.plan.replay(encoder);
          if (part === partCount - 1) endStep(encoder, memory, this.#usedSlots);
          return [];
        }),
      );
    }
    this.#usedSlots++;
    this.#stepCount++;
  }

  async results(): Promise<readonly BatchResult[]> {
    this.#live();
    await this.#fetch();
    return this.#results.splice(0);
  }

  async dispose(): Promise<void> {
    const memory = this.#memory;
    this.#memory = undefined;
    if (memory === undefined) return;
    try {
      await this.#inFlight.drain();
    } finally {
      memory.plan.dispose();
      memory.updatePlan.dispose();
      memory.augmentPlan?.dispose();
      memory.buffers.release();
    }
  }

  #live(): StepMemory {
    if (this.#memory === undefined) throw new DisposedError(`${label}: used after dispose()`);
    return this.#memory;
  }

  #write(name: string, data: UploadData, offset = 0): void {
    const { buffer } = this.#live().buffers.at(name);
    writePadded(this.#session.device, buffer, data, offset);
  }

  #writeArena(buffer: GPUBuffer, { entries }: Arena, values: Weights): void {
    for (const [name, { offset }] of entries)
      writePadded(this.#session.device, buffer, values.get(name) as Float32Array, offset);
  }

  #writeInputs({ inputs }: TrainBatch): void {
    if (inputs instanceof Float32Array) {
      this.#write(this.#graph.input, inputs);
      return;
    }
    this.#write(pixelNames.pixels, inputs.pixels);
    this.#write(pixelNames.rows, inputs.rows);
    if (this.#table !== inputs.table) this.#write(pixelNames.table, inputs.table);
    this.#table = inputs.table;
    const { seed, purpose, epoch } = augmentKey(this.#options.augmentation, inputs.epoch);
    this.#live().controls.setWords(controlNames.augmentKey, [seed, purpose, epoch]);
  }

  /** Labels, weights of the rows, and latents that were brought along. */
  #writeRows({ labels, latents }: TrainBatch): void {
    this.#labels.fill(0);
    this.#labels.set(labels);
    const { batchSize } = this.#split;
    if (this.#rowWeights.length > batchSize) {
      const rows = batchSize + (latents?.labels.length ?? 0);
      this.#rowWeights.fill(1, 0, rows).fill(0, rows);
      this.#write(batchNames.rowWeights, this.#rowWeights);
      if (latents !== undefined) {
        this.#labels.set(latents.labels, batchSize);
        this.#write(this.#graph.latent, latents.data, batchSize * this.#latentSize * 4);
      }
    }
    this.#write(batchNames.labels, this.#labels);
  }

  #writeControls({ learningRate, step = this.#stepCount as number }: TrainBatch, part: number, share: number): void {
    const { controls, dropouts, sums } = this.#live();
    controls.setWords(controlNames.slot, [sums === undefined ? this.#usedSlots : 0]);
    controls.setFloats(controlNames.learningRate, [learningRate]);
    controls.setFloats(controlNames.gradientFactors, [share, share, share, share]);
    // The mean of the losses; counts and weights add up.
    controls.setFloats(controlNames.totalsFactors, [share, 1, 1, 1]);
    const draw = step * this.#split.partCount + part;
    for (const { op, stream } of dropouts)
      controls.setWords(dropoutMaskName(op.output), [this.#options.seed ?? 0, stream, draw]);
    this.#write(controlBufferName, controls.data);
  }

  /** Moves the results from the device to `#results`. */
  async #fetch(): Promise<void> {
    const { arenas, totals, nextStatistics } = this.#live();
    await this.#inFlight.drain();
    const count = this.#usedSlots;
    if (count === 0) return;
    const [bytes, statistics] = await this.#session.submit(`${label}: results`, () => [
      { buffer: totals, bytes: count * totalsBytes },
      { buffer: nextStatistics, bytes: arenas.statistics.bytes },
    ]);
    this.#usedSlots = 0;
    const values = new Float32Array(bytes);
    for (let slot = 0; slot < count; slot++) {
      const [loss, correctCount] = values.subarray(slot * 4);
      this.#results.push(
        Number.isFinite(loss)
          ? { loss, correctCount }
          : { loss, correctCount, nonFiniteLayer: this.#nonFiniteLayer(statistics) },
      );
    }
  }

  /** Told by the last step: those after one that could not update start from the same weights. */
  #nonFiniteLayer(statistics: ArrayBuffer): string {
    const values = new Map(readArena(statistics, this.#live().arenas.statistics));
    return firstNonFiniteLayer(this.#graph, (name) => values.get(name) as Float32Array);
  }
}

/** Running statistics of the last step that updated are those that this one goes on from. */
function beginStep(encoder: GPUCommandEncoder, { statistics, nextStatistics, sums }: StepMemory): void {
  encoder.copyBufferToBuffer(statistics, 0, nextStatistics, 0, statistics.size);
  if (sums === undefined) return;
  encoder.clearBuffer(sums.gradients);
  encoder.clearBuffer(sums.totals);
}

function endStep(encoder: GPUCommandEncoder, { updatePlan, totals, sums }: StepMemory, slot: number): void {
  updatePlan.replay(encoder);
  if (sums !== undefined) encoder.copyBufferToBuffer(sums.totals, 0, totals, slot * totalsBytes, totalsBytes);
}

function readArena(bytes: ArrayBuffer, { entries }: Arena): (readonly [string, Float32Array])[] {
  return [...entries].map(([name, { offset, bytes: size }]: [string, ArenaEntry]) => [
    name,
    new Float32Array(bytes.slice(offset, offset + size)),
  ]);
}
