import { finiteBitsWgsl } from '../../wgsl/finite-bits.wgsl.ts';
import { linearInvocationWgsl } from '../../wgsl/linear-invocation.wgsl.ts';

export const ACCUMULATE_WORKGROUP = 64;

/** One lane four values. What is not finite is kept as its bits, which arithmetic may lose. */
export function accumulateWgsl(count: number): string {
  return /* wgsl */ `
@group(0) @binding(0) var<storage, read> source: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> target_: array<vec4u>;
@group(0) @binding(2) var<uniform> factors: vec4f;
${finiteBitsWgsl}
fn accumulated(sum: u32, term: u32, factor: f32) -> u32 {
  if (!finiteBits(sum)) { return sum; }
  if (!finiteBits(term)) { return term; }
  return bitcast<u32>(bitcast<f32>(sum) + factor * bitcast<f32>(term));
}
${linearInvocationWgsl(ACCUMULATE_WORKGROUP)}
  if (id >= ${count / 4}u) { return; }
  let sum = target_[id];
  let term = source[id];
  target_[id] = vec4u(
    accumulated(sum.x, term.x, factors.x),
    accumulated(sum.y, term.y, factors.y),
    accumulated(sum.z, term.z, factors.z),
    accumulated(sum.w, term.w, factors.w),
  );
}
`;
}
