/** The bytes of a uniform struct of u32 members, then f32 members, in the order of the WGSL declaration. */
export function uniformData(integers: readonly number[], floats: readonly number[] = []): ArrayBuffer {
  const data = new ArrayBuffer(4 * (integers.length + floats.length));
  new Uint32Array(data, 0, integers.length).set(integers);
  new Float32Array(data, 4 * integers.length, floats.length).set(floats);
  return data;
}
