import { InvalidInputError } from '@csx/wgsl-kernels';
import type { PixelBatch, TrainBatch, TrainState, TrainStepOptions, Weights } from './engine.ts';
import { elementCount, type ModelGraph, type Parameter, shapeOf, trainableParameters } from './graph/model-graph.ts';

/** Throws InvalidInputError naming the first parameter without its values. */
export function requireWeights(parameters: readonly Parameter[], values: Weights, what: string): void {
  for (const { name, shape } of parameters) {
    const length = values.get(name)?.length;
    if (length !== elementCount(shape)) {
      throw new InvalidInputError(
        `training engine: ${what} of ${name} have ${length ?? 'no'} values, expected ${elementCount(shape)}`,
      );
    }
  }
}

/** Throws InvalidInputError naming the first parameter without its weights or momenta. */
export function requireState(graph: ModelGraph, { weights, momenta }: TrainState): void {
  requireWeights(graph.parameters, weights, 'weights');
  requireWeights(trainableParameters(graph), momenta, 'momenta');
}

/** Throws InvalidInputError unless `inputs` holds `n` rows, and a forward pass takes as many at once. */
export function requireForwardRows(graph: ModelGraph, batchSize: number, inputs: Float32Array, n: number): void {
  const count = n * elementCount(shapeOf(graph, graph.input));
  if (n <= batchSize && inputs.length >= count) return;
  throw new InvalidInputError(
    `forward pass: got ${inputs.length} values for ${n} rows, expected ${count} and at most ${batchSize} rows`,
  );
}

/** Throws InvalidInputError for a batch that does not fit the graph and the options. */
export function requireBatch(graph: ModelGraph, options: TrainStepOptions, batch: TrainBatch): void {
  const { batchSize, latentBatchSize = 0 } = options;
  const { inputs, labels, latents } = batch;
  const inputCount = batchSize * elementCount(shapeOf(graph, graph.input));
  const isValues = inputs instanceof Float32Array;
  const count = isValues ? inputs.length : inputs.pixels.length;
  if (count !== inputCount || labels.length !== batchSize) {
    throw new InvalidInputError(
      `training step: got ${count} input values and ${labels.length} labels, expected ${inputCount} and ${batchSize}`,
    );
  }
  if (!isValues) requirePixels(graph, batchSize, inputs);
  const classCount = elementCount(shapeOf(graph, graph.logits));
  requireLabels('row', labels, classCount);
  if (latents === undefined) return;
  const d = elementCount(shapeOf(graph, graph.latent));
  const n = latents.labels.length;
  if (n > latentBatchSize || latents.data.length !== n * d) {
    throw new InvalidInputError(
      `training step: got ${n} latents with ${latents.data.length} values, expected at most ${latentBatchSize} with ${d} values each`,
    );
  }
  requireLabels('latent', latents.labels, classCount);
}

function requireLabels(what: string, labels: Uint8Array | Uint32Array, classCount: number): void {
  const at = labels.findIndex((label: number) => label >= classCount);
  if (at >= 0)
    throw new InvalidInputError(`training step: label ${labels[at]} at ${what} ${at}, expected below ${classCount}`);
}

function requirePixels(graph: ModelGraph, batchSize: number, { rows, table }: PixelBatch): void {
  const shape = shapeOf(graph, graph.input);
  if (shape.length !== 3)
    throw new InvalidInputError(`training step: pixels for inputs of shape [${shape.join(', ')}], expected images`);
  const tableLength = (shape[2] as number) * 256;
  if (rows.length !== batchSize || table.length !== tableLength) {
    throw new InvalidInputError(
      `training step: got ${rows.length} rows and a table of ${table.length} values, expected ${batchSize} and ${tableLength}`,
    );
  }
}
