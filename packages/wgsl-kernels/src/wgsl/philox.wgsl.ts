/**
 * `philox4x32(counter: vec4u, key: vec2u) -> vec4u`: Philox 4x32-10, equal word for word to `philox4x32` in TypeScript.
 * WGSL has no 64-bit product, so its upper half is put together from 16 x 16 products.
 */
export const philoxWgsl = /* wgsl */ `
fn philox_multiply_high(a: u32, b: u32) -> u32 {
  let a_low = a & 0xffffu;
  let a_high = a >> 16u;
  let b_low = b & 0xffffu;
  let b_high = b >> 16u;
  // (2^16 - 1)^2 + 2^16 - 1 < 2^32: neither sum overflows.
  let middle = a_high * b_low + ((a_low * b_low) >> 16u);
  let other = a_low * b_high + (middle & 0xffffu);
  return a_high * b_high + (middle >> 16u) + (other >> 16u);
}

fn philox4x32(counter: vec4u, key: vec2u) -> vec4u {
  var x = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let high0 = philox_multiply_high(0xd2511f53u, x.x);
    let low0 = 0xd2511f53u * x.x;
    let high1 = philox_multiply_high(0xcd9e8d57u, x.z);
    let low1 = 0xcd9e8d57u * x.z;
    x = vec4u(high1 ^ x.y ^ k.x, low1, high0 ^ x.w ^ k.y, low0);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return x;
}
`;
