import { dropoutReference } from '@csx/wgsl-kernels';
import { streamPurposes } from '../random/purposes.ts';
import { type DropoutOp, elementCount, type ModelGraph, shapeOf } from './graph/model-graph.ts';

/** A dropout and its stream of random numbers. */
export interface DropoutStream {
  readonly op: DropoutOp;
  /** Word of the generator's key beside the seed. */
  readonly stream: number;
}

/** The dropouts of a graph in its order, each with a stream of its own. */
export function dropoutStreams(graph: ModelGraph): DropoutStream[] {
  return graph.ops
    .filter((op) => op.kind === 'dropout')
    .map((op, at) => ({ op, stream: streamPurposes.dropout + 256 * at }));
}

/** The name of what decides which values a dropout drops in a step. */
export const dropoutMaskName = (output: string) => `mask:${output}`;

/** What the values of a batch are multiplied by, [batch, ...shape]: 0, or 1 / (1 - rate); the GPU's masks. */
export function dropoutMask(
  graph: ModelGraph,
  batchSize: number,
  { op, stream }: DropoutStream,
  seed: number,
  step: number,
): Float32Array {
  const ones = new Float32Array(batchSize * elementCount(shapeOf(graph, op.output))).fill(1);
  return Float32Array.from(dropoutReference(ones, op.rate, { seed, stream, step }));
}
