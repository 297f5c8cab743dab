/**
 * Whether the bits of an f32 are those of a finite number. WGSL lets an implementation assume that there are no NaNs
 * and infinities, so that a comparison of floats may miss them: values that may be none are kept as their bits.
 */
export const finiteBitsWgsl = /* wgsl */ `
fn finiteBits(bits: u32) -> bool { return (bits & 0x7f800000u) != 0x7f800000u; }
`;
