import { linearWorkgroupWgsl } from './linear-workgroup.wgsl.ts';

/** The head of an entry point of `workgroupSize` lanes that knows its number in the whole grid as `id`. */
export function linearInvocationWgsl(workgroupSize: number): string {
  return /* wgsl */ `
${linearWorkgroupWgsl}
@compute @workgroup_size(${workgroupSize})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let id = linearWorkgroup(workgroup, grid) * ${workgroupSize}u + lane;`;
}
