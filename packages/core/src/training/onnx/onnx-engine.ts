import { DisposedError, InvalidInputError } from '@csx/wgsl-kernels';
import type * as Ort from 'onnxruntime-web';
import type {
  BatchResult,
  ForwardPass,
  ForwardResult,
  TrainBatch,
  TrainingEngine,
  TrainState,
  TrainStep,
  TrainStepOptions,
  Weights,
} from '../engine.ts';
import { elementCount, type ModelGraph, type Parameter, shapeOf } from '../graph/model-graph.ts';
import { fromOnnxLayout, toOnnxLayout } from './layout.ts';
import { loadOnnxRuntime, type OnnxBackend, type OnnxRuntime } from './runtime.ts';
import { forwardModel, momentumName, nextName, trainModel } from './train-model.ts';

export interface OnnxEngineOptions {
  /** Threads within an operation. They change the time, never a bit of the result. */
  readonly threads?: number;
  /** `auto`: native where it loads, else wasm. */
  readonly backend?: OnnxBackend | 'auto';
}

/**
 * The CPU engine: ONNX Runtime, native or wasm, on any runtime.
 * @throws InvalidOptionError if `native` is asked for and does not load
 */
export async function createOnnxEngine(options: OnnxEngineOptions = {}): Promise<TrainingEngine> {
  const threads = options.threads ?? 2;
  const ort = await loadOnnxRuntime(options.backend ?? 'auto', threads);
  return {
    name: `ONNX Runtime ${ort.version} (${ort.backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'})`,
    compileTrainStep: async (graph, stepOptions) =>
      new OnnxTrainStep(ort, await openSession(ort, trainModel(graph, stepOptions), threads), graph, stepOptions),
    compileForward: async (graph, weights, batchSize) => {
      requireWeights(graph.parameters, weights, 'weights');
      return new OnnxForwardPass(
        ort,
        await openSession(ort, forwardModel(graph, weights, batchSize), threads),
        graph,
        batchSize,
      );
    },
  };
}

function openSession(ort: OnnxRuntime, model: Uint8Array, threads: number): Promise<Ort.InferenceSession> {
  return ort.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
}

function requireWeights(parameters: readonly Parameter[], values: Weights, what: string): void {
  for (const { name, shape } of parameters) {
    const length = values.get(name)?.length;
    if (length !== elementCount(shape)) {
      throw new InvalidInputError(
        `training engine: ${what} of ${name} have ${length ?? 'no'} values, expected ${elementCount(shape)}`,
      );
    }
  }
}

class OnnxTrainStep implements TrainStep {
  readonly batchSize: number;
  readonly #ort: OnnxRuntime;
  readonly #graph: ModelGraph;
  readonly #classCount: number;
  readonly #labels: Float32Array;
  #session: Ort.InferenceSession | undefined;
  /** Parameters and momenta by input name: the outputs of a step are the inputs of the next. */
  #state = new Map<string, Ort.Tensor>();
  readonly #results: BatchResult[] = [];

  constructor(ort: OnnxRuntime, session: Ort.InferenceSession, graph: ModelGraph, options: TrainStepOptions) {
    this.#ort = ort;
    this.#session = session;
    this.#graph = graph;
    this.batchSize = options.batchSize;
    this.#classCount = shapeOf(graph, graph.logits)[0] as number;
    this.#labels = new Float32Array(options.batchSize * this.#classCount);
  }

  setState(state: TrainState): void {
    const trainable = this.#graph.parameters.filter((p) => p.role !== 'statistic');
    requireWeights(this.#graph.parameters, state.weights, 'weights');
    requireWeights(trainable, state.momenta, 'momenta');
    this.#results.length = 0;
    const put = (name: string, values: Float32Array, shape: readonly number[]) => {
      const laidOut = toOnnxLayout(values, shape);
      this.#state.set(name, new this.#ort.Tensor('float32', laidOut.values.slice(), [...laidOut.shape]));
    };
    for (const { name, shape } of this.#graph.parameters) put(name, state.weights.get(name) as Float32Array, shape);
    for (const { name, shape } of trainable) put(momentumName(name), state.momenta.get(name) as Float32Array, shape);
  }

  async getState(): Promise<TrainState> {
    const take = (name: string, shape: readonly number[]) =>
      fromOnnxLayout(this.#tensor(name).data as Float32Array, shape);
    const weights = new Map(this.#graph.parameters.map((p) => [p.name, take(p.name, p.shape)]));
    const trainable = this.#graph.parameters.filter((p) => p.role !== 'statistic');
    return { weights, momenta: new Map(trainable.map((p) => [p.name, take(momentumName(p.name), p.shape)])) };
  }

  async run({ inputs, labels, learningRate }: TrainBatch): Promise<void> {
    const session = this.#session;
    if (session === undefined) throw new DisposedError('training step: used after dispose()');
    const shape = [this.batchSize, ...shapeOf(this.#graph, this.#graph.input)];
    if (inputs.length !== elementCount(shape) || labels.length !== this.batchSize) {
      throw new InvalidInputError(
        `training step: got ${inputs.length} input values and ${labels.length} labels, expected ${elementCount(shape)} and ${this.batchSize}`,
      );
    }
    this.#labels.fill(0);
    for (let row = 0; row < this.batchSize; row++) {
      const label = labels[row] as number;
      if (label >= this.#classCount)
        throw new InvalidInputError(`training step: label ${label} at row ${row}, expected below ${this.#classCount}`);
      this.#labels[row * this.#classCount + label] = 1;
    }
    const { Tensor } = this.#ort;
    const outputs = await session.run({
      ...Object.fromEntries(this.#state),
      inputs: new Tensor('float32', inputs, shape),
      labels: new Tensor('float32', this.#labels, [this.batchSize, this.#classCount]),
      learningRate: new Tensor('float32', Float32Array.of(learningRate), []),
    });
    for (const name of this.#state.keys()) this.#state.set(name, outputs[nextName(name)] as Ort.Tensor);
    this.#results.push({
      loss: ((outputs.loss as Ort.Tensor).data as Float32Array)[0] as number,
      correctCount: countCorrect((outputs.logits as Ort.Tensor).data as Float32Array, labels, this.#classCount),
    });
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

  #tensor(name: string): Ort.Tensor {
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

class OnnxForwardPass implements ForwardPass {
  readonly batchSize: number;
  readonly #ort: OnnxRuntime;
  readonly #graph: ModelGraph;
  #session: Ort.InferenceSession | undefined;

  constructor(ort: OnnxRuntime, session: Ort.InferenceSession, graph: ModelGraph, batchSize: number) {
    this.#ort = ort;
    this.#session = session;
    this.#graph = graph;
    this.batchSize = batchSize;
  }

  async run(inputs: Float32Array, n: number): Promise<ForwardResult> {
    const session = this.#session;
    if (session === undefined) throw new DisposedError('forward pass: used after dispose()');
    const inputShape = shapeOf(this.#graph, this.#graph.input);
    const rowLength = elementCount(inputShape);
    if (n > this.batchSize || inputs.length < n * rowLength) {
      throw new InvalidInputError(
        `forward pass: got ${inputs.length} values for ${n} rows, expected ${n * rowLength} and at most ${this.batchSize} rows`,
      );
    }
    // Batches have one size: a short one is filled up with zeros, and its extra rows are cut off again.
    const whole = this.batchSize * rowLength;
    const batch = inputs.length === whole ? inputs : new Float32Array(whole);
    if (batch !== inputs) batch.set(inputs.subarray(0, n * rowLength));
    const outputs = await session.run({
      inputs: new this.#ort.Tensor('float32', batch, [this.batchSize, ...inputShape]),
    });
    const take = (name: string, tensor: string) =>
      ((outputs[name] as Ort.Tensor).data as Float32Array).slice(0, n * elementCount(shapeOf(this.#graph, tensor)));
    return { latents: take('latents', this.#graph.latent), logits: take('logits', this.#graph.logits) };
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }
}
