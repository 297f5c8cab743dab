import { DisposedError, InvalidInputError } from '@csx/wgsl-kernels';
import type { OnnxRuntime, OnnxSession, OnnxTensor } from '../../onnxruntime/load-runtime.ts';
import { augmentBatch } from '../augment-batch.ts';
import { requireBatch, requireState } from '../check-batch.ts';
import { type DropoutStream, dropoutMask, dropoutMaskName, dropoutStreams } from '../dropouts.ts';
import type { BatchResult, LatentBatch, TrainBatch, TrainState, TrainStep, TrainStepOptions } from '../engine.ts';
import { elementCount, type ModelGraph, shapeOf, trainableParameters } from '../graph/model-graph.ts';
import { firstNonFiniteLayer } from '../non-finite.ts';
import { hasRowShares } from './lower-loss.ts';
import { RowTargets } from './row-targets.ts';
import { momentumName, nextName } from './train-model.ts';

const noLatents: LatentBatch = { data: new Float32Array(0), labels: new Uint32Array(0) };

/** A training step of `trainModel`. */
export class OnnxTrainStep implements TrainStep {
  readonly batchSize: number;
  readonly #ort: OnnxRuntime;
  readonly #graph: ModelGraph;
  readonly #options: TrainStepOptions;
  readonly #classCount: number;
  readonly #targets: RowTargets;
  readonly #hasRowShares: boolean;
  readonly #dropouts: readonly DropoutStream[];
  readonly #latentLength: number;
  /** [latentBatchSize, d] */
  readonly #latents: Float32Array;
  #session: OnnxSession | undefined;
  /** Parameters and momenta by input name: the outputs of a step are the inputs of the next. */
  #state = new Map<string, OnnxTensor>();
  readonly #results: BatchResult[] = [];
  /** Since `setState`. */
  #stepCount = 0;

  constructor(ort: OnnxRuntime, session: OnnxSession, graph: ModelGraph, options: TrainStepOptions) {
    this.#ort = ort;
    this.#session = session;
    this.#graph = graph;
    this.#options = options;
    this.batchSize = options.batchSize;
    this.#classCount = shapeOf(graph, graph.logits)[0] as number;
    this.#targets = new RowTargets(options, this.#classCount);
    this.#hasRowShares = hasRowShares(options);
    this.#dropouts = dropoutStreams(graph);
    this.#latentLength = elementCount(shapeOf(graph, graph.latent));
    this.#latents = new Float32Array((options.latentBatchSize ?? 0) * this.#latentLength);
  }

  setState(state: TrainState): void {
    requireState(this.#graph, state);
    this.#results.length = 0;
    this.#stepCount = 0;
    const put = (name: string, values: Float32Array, shape: readonly number[]) =>
      this.#state.set(name, new this.#ort.Tensor('float32', values.slice(), [...shape]));
    for (const { name, shape } of this.#graph.parameters) put(name, state.weights.get(name) as Float32Array, shape);
    for (const { name, shape } of trainableParameters(this.#graph))
      put(momentumName(name), state.momenta.get(name) as Float32Array, shape);
  }

  async getState(): Promise<TrainState> {
    const take = (name: string) => (this.#tensor(name).data as Float32Array).slice();
    const weights = new Map(this.#graph.parameters.map((p) => [p.name, take(p.name)]));
    const momenta = new Map(trainableParameters(this.#graph).map((p) => [p.name, take(momentumName(p.name))]));
    return { weights, momenta };
  }

  async run(batch: TrainBatch): Promise<void> {
    const session = this.#session;
    if (session === undefined) throw new DisposedError('training step: used after dispose()');
    requireBatch(this.#graph, this.#options, batch);
    const { inputs, labels, learningRate, latents = noLatents } = batch;
    const values =
      inputs instanceof Float32Array ? inputs : augmentBatch(this.#graph, inputs, this.#options.augmentation);
    this.#latents.fill(0);
    this.#latents.set(latents.data);
    this.#targets.set(labels, latents.labels);
    const { Tensor } = this.#ort;
    const { labels: targets, shares } = this.#targets;
    const rowCount = shares.length;
    const outputs = await session.run({
      ...Object.fromEntries(this.#state),
      ...this.#masks(batch.step ?? this.#stepCount),
      inputs: new Tensor('float32', values, [this.batchSize, ...shapeOf(this.#graph, this.#graph.input)]),
      labels: new Tensor('float32', targets, [rowCount, this.#classCount]),
      ...(this.#hasRowShares && { rowShares: new Tensor('float32', shares, [rowCount, 1]) }),
      ...(this.#latents.length > 0 && {
        latents: new Tensor('float32', this.#latents, [rowCount - this.batchSize, this.#latentLength]),
      }),
      learningRate: new Tensor('float32', Float32Array.of(learningRate), []),
    });
    this.#stepCount++;
    const output = (name: string) => (outputs[name] as OnnxTensor).data as Float32Array;
    const loss = output('loss')[0] as number;
    const updates = Number.isFinite(loss);
    if (updates) for (const name of this.#state.keys()) this.#state.set(name, outputs[nextName(name)] as OnnxTensor);
    const logits = output('logits');
    this.#results.push({
      loss,
      ...(!updates && { nonFiniteLayer: firstNonFiniteLayer(this.#graph, (name) => output(nextName(name))) }),
      correctCount:
        countCorrect(logits, labels, this.#classCount) +
        countCorrect(logits.subarray(this.batchSize * this.#classCount), latents.labels, this.#classCount),
    });
  }

  /** Of the dropouts, by input name. */
  #masks(step: number): Record<string, OnnxTensor> {
    const masks = this.#dropouts.map((dropout) => {
      const { output } = dropout.op;
      const mask = dropoutMask(this.#graph, this.batchSize, dropout, this.#options.seed ?? 0, step);
      const shape = [this.batchSize, ...shapeOf(this.#graph, output)];
      return [dropoutMaskName(output), new this.#ort.Tensor('float32', mask, shape)] as const;
    });
    return Object.fromEntries(masks);
  }

  async results(): Promise<readonly BatchResult[]> {
    return this.#results.splice(0);
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#state.clear();
    await session?.release();
  }

  #tensor(name: string): OnnxTensor {
    const tensor = this.#state.get(name);
    if (tensor === undefined) throw new InvalidInputError('training step: getState() before setState()');
    return tensor;
  }
}

function countCorrect(logits: Float32Array, labels: Uint8Array | Uint32Array, classCount: number): number {
  let correct = 0;
  for (let row = 0; row < labels.length; row++) {
    let best = 0;
    for (let c = 1; c < classCount; c++) {
      if ((logits[row * classCount + c] as number) > (logits[row * classCount + best] as number)) best = c;
    }
    if (best === labels[row]) correct++;
  }
  return correct;
}
