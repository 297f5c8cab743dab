/**
 * Sums `own` over the lanes of a workgroup up to each, itself included: left in `sums[lane]`, an array of the workgroup.
 * What another lane's sum is read for needs a barrier first. A power of two of lanes.
 */
export const laneSumsWgsl = (lanes: number) => /* wgsl */ `
  sums[lane] = own;
  for (var reach = 1u; reach < ${lanes}u; reach = reach << 1u) {
    workgroupBarrier();
    var sum = sums[lane];
    if (lane >= reach) { sum += sums[lane - reach]; }
    workgroupBarrier();
    sums[lane] = sum;
  }`;
