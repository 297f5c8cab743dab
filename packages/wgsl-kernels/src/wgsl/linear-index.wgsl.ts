/**
 * `linear_workgroup(id, count)`: the number of a workgroup in a grid that `dispatchSize` split over three dimensions,
 * from the builtins `workgroup_id` and `num_workgroups`. The grid may be larger than asked for.
 */
export const linearIndexWgsl = /* wgsl */ `
fn linear_workgroup(id: vec3u, count: vec3u) -> u32 {
  return id.x + count.x * (id.y + count.y * id.z);
}
`;
