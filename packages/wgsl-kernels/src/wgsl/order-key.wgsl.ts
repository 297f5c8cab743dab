/**
 * A u32 that sorts as the f32 does, so that the GPU can compare scores as integers: exactly, subnormals
 * included (a float load may flush those), with -0 equal to +0.
 *
 * Negative numbers have all bits flipped, others the sign bit. Infinities stand at the ends, NaNs beyond them.
 */
export const orderKeyWgsl = /* wgsl */ `
fn orderKey(bits: u32) -> u32 {
  if (bits == 0x80000000u) { return 0x80000000u; }
  return bits ^ select(0x80000000u, 0xffffffffu, (bits & 0x80000000u) != 0u);
}
`;

/** The f32 whose order key is `key`; the key of both zeros gives +0. */
export function scoreOfOrderKey(key: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, key >= 0x80000000 ? key ^ 0x80000000 : ~key);
  return view.getFloat32(0);
}
