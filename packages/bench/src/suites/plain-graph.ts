import type { ModelGraph } from '@csx/core';
import type { PlainGraph } from '../worker/protocol.ts';

/** The graph as JSON carries it. */
export function plainGraph(graph: ModelGraph): PlainGraph {
  return { ...graph, shapes: Object.fromEntries(graph.shapes) };
}

/** The parameters of a network one behind the other, in the graph's order. */
export function flatWeights(graph: ModelGraph, weights: ReadonlyMap<string, Float32Array>): Float32Array {
  const parts = graph.parameters.map(({ name }) => weights.get(name) as Float32Array);
  const flat = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    flat.set(part, at);
    at += part.length;
  }
  return flat;
}
