import { augmentReference } from '@csx/wgsl-kernels';
import { streamPurposes } from '../random/purposes.ts';
import type { AugmentationOptions, PixelBatch } from './engine.ts';
import { type ModelGraph, shapeOf } from './graph/model-graph.ts';

const unchanged: AugmentationOptions = { flip: false, shift: 0, seed: 0 };

/** Key of an epoch's random numbers. */
export function augmentKey({ seed }: AugmentationOptions = unchanged, epoch: number) {
  return { seed, purpose: streamPurposes.augmentation, epoch };
}

/** Images standardised and augmented on the CPU, [batch, height, width, channels]: the values that the GPU makes. */
export function augmentBatch(
  graph: ModelGraph,
  { pixels, rows, table, epoch }: PixelBatch,
  options: AugmentationOptions = unchanged,
): Float32Array {
  const [height, width, channels] = shapeOf(graph, graph.input) as readonly [number, number, number];
  const { flip, shift } = options;
  return augmentReference({
    pixels,
    height,
    width,
    channels,
    rows,
    table,
    flip,
    shift,
    key: augmentKey(options, epoch),
  });
}
