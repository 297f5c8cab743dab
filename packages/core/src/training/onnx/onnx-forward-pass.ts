import { DisposedError, InvalidInputError } from '@csx/wgsl-kernels';
import type { OnnxRuntime, OnnxSession, OnnxTensor } from '../../onnxruntime/load-runtime.ts';
import { requireForwardRows, requireWeights } from '../check-batch.ts';
import type { ForwardResult, ReweightableForwardPass, Weights } from '../engine.ts';
import { elementCount, type ModelGraph, shapeOf } from '../graph/model-graph.ts';

/** A forward pass of `forwardModel`. `setWeights` is for a graph that has its weights as inputs. */
export class OnnxForwardPass implements ReweightableForwardPass {
  readonly batchSize: number;
  readonly #ort: OnnxRuntime;
  readonly #graph: ModelGraph;
  /** By input name; undefined where they are constants of the graph. */
  #weights: Readonly<Record<string, OnnxTensor>> | undefined;
  #session: OnnxSession | undefined;

  constructor(ort: OnnxRuntime, session: OnnxSession, graph: ModelGraph, batchSize: number) {
    this.#ort = ort;
    this.#session = session;
    this.#graph = graph;
    this.batchSize = batchSize;
  }

  setWeights(weights: Weights): void {
    requireWeights(this.#graph.parameters, weights, 'weights');
    this.#weights = Object.fromEntries(
      this.#graph.parameters.map(({ name, shape }) => [
        name,
        new this.#ort.Tensor('float32', (weights.get(name) as Float32Array).slice(), [...shape]),
      ]),
    );
  }

  async run(inputs: Float32Array, n: number): Promise<ForwardResult> {
    const session = this.#session;
    if (session === undefined) throw new DisposedError('forward pass: used after dispose()');
    if (this.#weights === undefined && session.inputNames.length > 1)
      throw new InvalidInputError('forward pass: run() before setWeights()');
    const inputShape = shapeOf(this.#graph, this.#graph.input);
    const rowLength = elementCount(inputShape);
    requireForwardRows(this.#graph, this.batchSize, inputs, n);
    // Batches have one size: a short one is filled up with zeros, and its extra rows are cut off again.
    const whole = this.batchSize * rowLength;
    const batch = inputs.length === whole ? inputs : new Float32Array(whole);
    if (batch !== inputs) batch.set(inputs.subarray(0, n * rowLength));
    const outputs = await session.run({
      ...this.#weights,
      inputs: new this.#ort.Tensor('float32', batch, [this.batchSize, ...inputShape]),
    });
    const take = (name: string, tensor: string) =>
      ((outputs[name] as OnnxTensor).data as Float32Array).slice(0, n * elementCount(shapeOf(this.#graph, tensor)));
    return { latents: take('latents', this.#graph.latent), logits: take('logits', this.#graph.logits) };
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#weights = undefined;
    await session?.release();
  }
}
