import type { OnnxGraphWriter } from '../../onnxruntime/onnx-writer.ts';
import { elementCount, type PoolOp } from '../graph/model-graph.ts';

type Shape4 = readonly [number, number, number, number];

/** A pooling of the graph, with its images channels first. */
export interface Pooling extends Pick<PoolOp, 'size' | 'stride' | 'padding'> {
  /** [batch, channels, height, width] */
  readonly inputShape: Shape4;
  readonly outputShape: Shape4;
}

export function poolAttributes({ size, stride, padding }: Pick<PoolOp, 'size' | 'stride' | 'padding'>) {
  return { kernel_shape: size, strides: stride, pads: padding };
}

/** @param indices where MaxPool found each maximum, counted through the whole input: the first of equal ones */
export function lowerMaxPoolGradient(writer: OnnxGraphWriter, pool: Pooling, dy: string, indices: string): string {
  const { size, stride, inputShape } = pool;
  const shape = writer.ints(inputShape);
  if (size[0] <= stride[0] && size[1] <= stride[1])
    return writer.node('MaxUnpool', [dy, indices, shape], poolAttributes(pool));
  // MaxUnpool keeps one gradient a pixel, but a pixel may be the maximum of several windows.
  const zeros = writer.node('ConstantOfShape', [writer.ints([elementCount(inputShape)])]);
  const [places, values] = [indices, dy].map((tensor) => writer.node('Reshape', [tensor, writer.ints([-1])]));
  const sums = writer.node('ScatterElements', [zeros, places as string, values as string], { reduction: 'add' });
  return writer.node('Reshape', [sums, shape]);
}

/** Every value of a window gets the same share of its gradient. */
export function lowerAveragePoolGradient(writer: OnnxGraphWriter, pool: Pooling, dy: string): string {
  const { size, stride, padding, inputShape, outputShape } = pool;
  const [kh, kw] = size;
  const [batch, channels, height, width] = inputShape;
  const [, , rows, columns] = outputShape;
  if (kh === stride[0] && kw === stride[1] && rows * kh === height && columns * kw === width) {
    const scaled = writer.node('Mul', [dy, writer.scalar(1 / (kh * kw))]);
    const spread = writer.node('Reshape', [scaled, writer.ints([batch, channels, rows, 1, columns, 1])]);
    const repeated = writer.node('Expand', [spread, writer.ints([batch, channels, rows, kh, columns, kw])]);
    return writer.node('Reshape', [repeated, writer.ints(inputShape)]);
  }
  // A pixel's windows lie side by side in dy, as many apart as the stride: with zeros in between, their sum is that over
  // a window of the pooling's size, which moves by one pixel.
  const apart = spaced(writer, counted(writer, pool, dy), pool);
  const [top, left] = [kh - 1 - padding[0], kw - 1 - padding[1]];
  const [bottom, right] = [height + padding[0] - rows * stride[0], width + padding[1] - columns * stride[1]];
  const padded = writer.node('Pad', [apart, writer.ints([0, 0, top, left, 0, 0, bottom, right])]);
  return writer.node('AveragePool', [padded], { kernel_shape: size, strides: [1, 1] });
}

/** dy times the share of its window that lies within the image turned round: an average over all of it divides by too much. */
function counted(writer: OnnxGraphWriter, { size, stride, padding, inputShape, outputShape }: Pooling, dy: string) {
  if (padding.every((side) => side === 0)) return dy;
  const [, , height, width] = inputShape;
  const [, , rows, columns] = outputShape;
  const within = (at: number, axis: 0 | 1, length: number) => {
    const start = at * stride[axis] - padding[axis];
    return Math.min(start + size[axis], length) - Math.max(start, 0);
  };
  const factors = Float32Array.from({ length: rows * columns }, (_, at) => {
    const count = within(Math.floor(at / columns), 0, height) * within(at % columns, 1, width);
    return (size[0] * size[1]) / count;
  });
  return writer.node('Mul', [dy, writer.floats(factors, [1, 1, rows, columns])]);
}

/** Each pixel with zeros below and on the right of it, to fill a stride. */
function spaced(writer: OnnxGraphWriter, tensor: string, { stride, outputShape }: Pooling): string {
  const [batch, channels, rows, columns] = outputShape;
  const [down, right] = stride;
  if (down === 1 && right === 1) return tensor;
  const cells = writer.node('Reshape', [tensor, writer.ints([batch, channels, rows, 1, columns, 1])]);
  const filled = writer.node('Pad', [cells, writer.ints([0, 0, 0, 0, 0, 0, 0, 0, 0, down - 1, 0, right - 1])]);
  return writer.node('Reshape', [filled, writer.ints([batch, channels, rows * down, columns * right])]);
}
