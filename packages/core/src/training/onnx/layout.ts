/**
 * ONNX's convolutions want kernels as [out, in, kh, kw] where tfjs has [kh, kw, in, out].
 * Weights change layout when they enter and leave the engine, once an epoch.
 */
export function toOnnxLayout(
  values: Float32Array,
  shape: readonly number[],
): { values: Float32Array; shape: readonly number[] } {
  if (shape.length !== 4) return { values, shape };
  const [kh, kw, inputs, outputs] = shape as readonly [number, number, number, number];
  const taps = kh * kw;
  const out = new Float32Array(values.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let i = 0; i < inputs; i++) {
      const from = (tap * inputs + i) * outputs;
      for (let o = 0; o < outputs; o++) out[(o * inputs + i) * taps + tap] = values[from + o] as number;
    }
  }
  return { values: out, shape: [outputs, inputs, kh, kw] };
}

/** The way back: [out, in, kh, kw] values to the tfjs layout that `shape` describes. Always a copy. */
export function fromOnnxLayout(values: Float32Array, shape: readonly number[]): Float32Array {
  if (shape.length !== 4) return values.slice();
  const [kh, kw, inputs, outputs] = shape as readonly [number, number, number, number];
  const taps = kh * kw;
  const out = new Float32Array(values.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let i = 0; i < inputs; i++) {
      const to = (tap * inputs + i) * outputs;
      for (let o = 0; o < outputs; o++) out[to + o] = values[(o * inputs + i) * taps + tap] as number;
    }
  }
  return out;
}

/** [height, width, channels] with a batch in front, channels first; a vector stays [batch, d]. */
export function onnxActivationShape(batchSize: number, shape: readonly number[]): readonly number[] {
  if (shape.length !== 3) return [batchSize, ...shape];
  const [height, width, channels] = shape as readonly [number, number, number];
  return [batchSize, channels, height, width];
}
