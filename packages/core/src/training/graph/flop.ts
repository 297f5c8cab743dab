import { elementCount, type ModelGraph, shapeOf } from './model-graph.ts';

/**
 * Floating-point operations of one image's forward pass: a multiply-add counts as two; only convolutions
 * and dense layers are counted, which are all but a few per cent.
 */
export function forwardFlop(graph: ModelGraph): number {
  return graph.ops.reduce((sum, op) => {
    if (op.kind === 'conv2d')
      return (
        sum + 2 * elementCount(shapeOf(graph, op.output)) * op.size[0] * op.size[1] * inputChannels(graph, op.input)
      );
    if (op.kind === 'dense')
      return sum + 2 * elementCount(shapeOf(graph, op.output)) * elementCount(shapeOf(graph, op.input));
    return sum;
  }, 0);
}

/** One image's share of a training step: forward, kernel gradients, and input gradients of all layers but the first. */
export function trainFlop(graph: ModelGraph): number {
  const [first] = graph.ops;
  const firstFlop = first === undefined ? 0 : forwardFlop({ ...graph, ops: [first] });
  return 3 * forwardFlop(graph) - firstFlop;
}

function inputChannels(graph: ModelGraph, tensor: string): number {
  return shapeOf(graph, tensor).at(-1) as number;
}
