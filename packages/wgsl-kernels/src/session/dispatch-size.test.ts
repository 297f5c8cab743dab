import { describe, expect, it } from 'vitest';
import { testSession } from '../../test/support/device.ts';
import { InvalidInputError, LimitExceededError } from '../index.ts';
import { linearWorkgroupWgsl } from '../wgsl/linear-workgroup.wgsl.ts';
import { dispatchSize } from './dispatch-size.ts';

describe('dispatchSize', () => {
  it('covers the workgroups within the limit, with few idle ones', () => {
    for (const limit of [1, 2, 7, 100]) {
      for (
        let workgroups = 0;
        workgroups <= Math.min(limit ** 3, 30_000);
        workgroups += 1 + Math.floor(workgroups / 50)
      ) {
        const [x, y, z] = dispatchSize(workgroups, limit);
        expect(Math.max(x, y, z)).toBeLessThanOrEqual(limit);
        expect(x * y * z).toBeGreaterThanOrEqual(workgroups);
        // Each rounding up adds less than a row and less than a layer of rows.
        expect(x * y * z).toBeLessThan(workgroups + y * z + x * z + 1);
      }
    }
  });

  it('refuses what no grid holds, and what is no number of workgroups', () => {
    expect(dispatchSize(8, 2)).toEqual([2, 2, 2]);
    expect(() => dispatchSize(9, 2)).toThrow(LimitExceededError);
    for (const bad of [-1, 0.5, Number.NaN]) expect(() => dispatchSize(bad, 2)).toThrow(InvalidInputError);
  });

  it('is numbered by the WGSL fragment without gaps, beyond one dimension of a real device', async () => {
    const session = await testSession();
    const workgroups = session.device.limits.maxComputeWorkgroupsPerDimension + 5;
    expect(session.dispatchSize(workgroups)[1]).toBe(2);
    const pipeline = await session.pipeline({
      label: 'number',
      code: `@group(0) @binding(0) var<storage, read_write> seen: array<u32>;
${linearWorkgroupWgsl}
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let at = linearWorkgroup(id, grid);
  if (at < arrayLength(&seen)) { seen[at] = at + 1; }
}`,
    });
    const size = workgroups * 4;
    const [result] = await session.submit('number', (step) => {
      const seen = step.temporary(size, 'seen');
      step.dispatch({ label: 'number', pipeline, bindings: [{ buffer: seen, size }], workgroups });
      return [{ buffer: seen, bytes: size }];
    });
    expect(new Uint32Array(result).every((value, at) => value === at + 1)).toBe(true);
  });
});
