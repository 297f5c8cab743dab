import type { ProbeTask } from '../worker/protocol.ts';

type Variant<Name> = Extract<ProbeTask['variant'], { readonly probe: Name }>;

/** Multiply-adds between two tests of the loop: what the loop itself costs does not count among them. */
const unrolled = 16;

const list = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('\n');

/** Independent chains of multiply-adds in registers; the factor and what is added are known to the input alone. */
export function arithmeticProbeWgsl({ chains, fused, steps, workgroup }: Variant<'arithmetic'>): string {
  const next = (chain: number) =>
    fused === 1 ? `c${chain} = fma(c${chain}, m, a);` : `c${chain} = c${chain} * m + a;`;
  return /* wgsl */ `
@group(0) @binding(0) var<storage, read> start: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;

@compute @workgroup_size(${workgroup})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let m = vec4f(start[0].x);
  let a = vec4f(start[0].y);
  // Zero, and known to the input alone.
  let zero = start[0].z;
${list(chains, (chain) => `  var c${chain} = vec4f(${chain}, ${chain + 1}, ${chain + 2}, ${chain + 3}) + zero;`)}
  for (var step = 0u; step < ${steps / unrolled}u; step++) {
${list(unrolled, () => `    ${Array.from({ length: chains }, (_, chain) => next(chain)).join(' ')}`)}
  }
  let thread = id.x + id.y * groups.x * ${workgroup}u;
  if (thread < arrayLength(&result)) {
    result[thread] = ${Array.from({ length: chains }, (_, chain) => `c${chain}`).join(' + ')};
  }
}`;
}

/** Copies of a thread that are written out one by one; more are a loop. */
const mostUnrolled = 16;

/** A copy by vec4f; the threads of a workgroup take neighbors, and come back `perThread` times. */
export function copyProbeWgsl({ workgroup, perThread }: Variant<'copy'>): string {
  const copies =
    perThread <= mostUnrolled
      ? list(perThread, (i) => `  if (first + ${workgroup * i}u < length) { copy(first + ${workgroup * i}u); }`)
      : `  let end = min(first + ${workgroup * perThread}u, length);
  for (var at = first; at < end; at += ${workgroup}u) { copy(at); }`;
  return /* wgsl */ `
@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;

fn copy(at: u32) { result[at] = source[at]; }

@compute @workgroup_size(${workgroup})
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = (group.x + group.y * groups.x) * ${workgroup * perThread}u + lane;
  let length = arrayLength(&source);
${copies}
}`;
}
