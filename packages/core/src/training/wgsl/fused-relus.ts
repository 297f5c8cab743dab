import type { ModelGraph } from '../graph/model-graph.ts';

/**
 * The ReLUs that batch norms can compute along: those that alone read the output of one.
 * @returns batch norm output -> ReLU output
 */
export function findFusedRelus(model: ModelGraph): ReadonlyMap<string, string> {
  const readers = new Map<string, number>();
  const read = (name: string) => readers.set(name, (readers.get(name) ?? 0) + 1);
  for (const op of model.ops) {
    read(op.input);
    if (op.kind === 'add') read(op.other);
  }
  // The host reads these two.
  read(model.latent);
  read(model.logits);
  const norms = new Set(model.ops.filter((op) => op.kind === 'batchNorm').map((op) => op.output));
  return new Map(
    model.ops
      .filter((op) => op.kind === 'relu' && norms.has(op.input) && readers.get(op.input) === 1)
      .map((op) => [op.input, op.output]),
  );
}
