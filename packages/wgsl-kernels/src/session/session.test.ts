import { beforeAll, describe, expect, it } from 'vitest';
import { testSession } from '../../test/support/device.ts';
import type { Session } from '../index.ts';

describe('session', () => {
  let session: Session;
  beforeAll(async () => {
    session = await testSession();
  });

  it('uploads, dispatches and reads back', async () => {
    const pipeline = await session.pipeline({
      label: 'double',
      code: `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&x)) { y[id.x] = 2 * x[id.x]; }
}`,
    });
    const [result] = await session.submit('double', (step) => {
      const x = step.upload(new Float32Array([1, 2, 3]), 'x');
      const y = step.temporary(12, 'y');
      step.dispatch({
        label: 'double',
        pipeline,
        bindings: [
          { buffer: x, size: 12 },
          { buffer: y, size: 12 },
        ],
        workgroups: 1,
      });
      return [{ buffer: y, bytes: 12 }];
    });
    expect([...new Float32Array(result)]).toEqual([2, 4, 6]);
    expect(session.pool.stats().liveBytes).toBe(0);
  });
});
