/** Reorders the axes of an array: axis i of the result is axis `order[i]` of the source, as numpy's transpose. */
export function transpose(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const result = new Float32Array(values.length);
  const at = new Array<number>(sizes.length).fill(0);
  let source = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = values[source];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      source += steps[axis];
      if (++at[axis] < sizes[axis]) break;
      source -= steps[axis] * sizes[axis];
      at[axis] = 0;
    }
  }
  return result;
}

const [batchFirst, channelsLast] = [
  [0, 3, 1, 2],
  [0, 2, 3, 1],
] as const;

/** [batch, height, width, channels] to [batch, channels, height, width] and back. */
export const toChannelsFirst = (values: Float32Array, shape: readonly number[]) => transpose(values, shape, batchFirst);
export const toChannelsLast = (values: Float32Array, shape: readonly number[]) =>
  transpose(values, shape, channelsLast);

/** [kernel height, kernel width, in, out] to [out, in, kernel height, kernel width] and back. */
export const toOutFirst = (values: Float32Array, shape: readonly number[]) => transpose(values, shape, [3, 2, 0, 1]);
export const toOutLast = (values: Float32Array, shape: readonly number[]) => transpose(values, shape, [2, 3, 1, 0]);

/** Shape and values of a parameter where filters are [out, in, kernel height, kernel width]; the others as they are. */
export function parameterShape(shape: readonly number[]): readonly number[] {
  const [height, width, inputs, outputs] = shape;
  return shape.length === 4 ? [outputs, inputs, height, width] : shape;
}
export const parameterValues = (values: Float32Array, shape: readonly number[]) =>
  shape.length === 4 ? toOutFirst(values, shape) : values.slice();
