/** [height, width, channels] with a batch in front, channels first; a vector stays [batch, d]. */
export function onnxActivationShape(batchSize: number, shape: readonly number[]): readonly number[] {
  if (shape.length !== 3) return [batchSize, ...shape];
  const [height, width, channels] = shape as readonly [number, number, number];
  return [batchSize, channels, height, width];
}
