import type { ModelGraph } from './graph/model-graph.ts';

/**
 * The first layer, in the order of the graph, whose values were not finite when the loss was not: told by the running
 * statistics of the batch norm that reads it, since these take a NaN or an infinity up and keep it. Where none did, it
 * happened behind the last batch norm: the layer of the logits.
 * @param statisticOf values of a running statistic after the step
 */
export function firstNonFiniteLayer(model: ModelGraph, statisticOf: (name: string) => Float32Array): string {
  const makers = new Map(model.ops.map((op) => [op.output, op.layer]));
  for (const op of model.ops) {
    if (op.kind !== 'batchNorm') continue;
    const allFinite = [op.movingMean, op.movingVariance].every((name) => statisticOf(name).every(Number.isFinite));
    if (!allFinite) return makers.get(op.input) ?? op.layer;
  }
  return makers.get(model.logits) as string;
}
