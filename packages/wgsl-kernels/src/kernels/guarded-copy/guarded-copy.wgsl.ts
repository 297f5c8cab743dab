import { finiteBitsWgsl } from '../../wgsl/finite-bits.wgsl.ts';
import { linearInvocationWgsl } from '../../wgsl/linear-invocation.wgsl.ts';

export const GUARDED_COPY_WORKGROUP = 64;

/** One lane a word: values are moved as their bits, so that none changes. */
export function guardedCopyWgsl(count: number): string {
  return /* wgsl */ `
@group(0) @binding(0) var<storage, read> source: array<u32>;
@group(0) @binding(1) var<storage, read_write> target_: array<u32>;
@group(0) @binding(2) var<storage, read> totals: array<vec4u>;
@group(0) @binding(3) var<uniform> slot: u32;
${finiteBitsWgsl}
${linearInvocationWgsl(GUARDED_COPY_WORKGROUP)}
  if (id >= ${count}u || !finiteBits(totals[slot].x)) { return; }
  target_[id] = source[id];
}
`;
}
