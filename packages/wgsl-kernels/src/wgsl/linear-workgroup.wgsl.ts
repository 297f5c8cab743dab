/** The number of a workgroup in a grid that `dispatchSize` may have split over three dimensions. */
export const linearWorkgroupWgsl = /* wgsl */ `
fn linearWorkgroup(workgroup: vec3u, grid: vec3u) -> u32 {
  return workgroup.x + grid.x * (workgroup.y + grid.y * workgroup.z);
}
`;
