import { beforeAll, expect, it } from 'vitest';
import { testSession } from '../../test/support/device.ts';
import { DisposedError } from '../errors.ts';
import { createPlan } from './plan.ts';
import type { Session } from './session.ts';
import { bufferUsage } from './usage.ts';

const doubling = `
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> target_: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&target_)) { target_[id.x] = 2 * source[id.x]; }
}`;

let session: Session;
let pipeline: GPUComputePipeline;
beforeAll(async () => {
  session = await testSession();
  pipeline = await session.pipeline({ label: 'doubling', code: doubling });
});

it('replays what was recorded, on what its buffers hold by then, and takes nothing more', async () => {
  const before = session.pool.stats();
  const source = session.pool.acquire(16, bufferUsage.storage, 'source');
  const result = session.pool.acquire(16, bufferUsage.storage, 'result');
  const plan = createPlan(session, 'plan');
  const between = plan.temporary(16, 'between');
  const bind = (a: GPUBuffer, b: GPUBuffer) => [
    { buffer: a, size: 16 },
    { buffer: b, size: 16 },
  ];
  plan.dispatch({ label: 'first', pipeline, bindings: bind(source, between), workgroups: 1 });
  plan.dispatch({ label: 'second', pipeline, bindings: bind(between, result), workgroups: 1 });
  plan.dispatch({ label: 'nothing', pipeline, bindings: bind(between, result), workgroups: 0 });
  plan.releaseTemporaries();
  expect(plan.dispatchCount).toBe(2);
  const made = session.pool.stats().createdCount;
  for (const values of [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ]) {
    session.device.queue.writeBuffer(source, 0, Float32Array.from(values));
    const [bytes] = await session.submit('replay', ({ encoder }) => {
      plan.replay(encoder);
      return [{ buffer: result, bytes: 16 }];
    });
    expect([...new Float32Array(bytes)]).toEqual(values.map((value) => 4 * value));
  }
  // The staging buffer of the readback, once.
  expect(session.pool.stats().createdCount - made).toBeLessThanOrEqual(1);
  plan.dispose();
  session.pool.release(source);
  session.pool.release(result);
  expect(session.pool.stats().liveBytes).toBe(before.liveBytes);
});

it('hands a released temporary out again, the smallest that is large enough', () => {
  const plan = createPlan(session, 'plan');
  const large = plan.temporary(4096, 'large');
  const small = plan.temporary(1024, 'small');
  expect(plan.temporary(1024, 'another')).not.toBe(small);
  plan.releaseTemporaries();
  expect(plan.temporary(1000, 'again')).toBe(small);
  expect(plan.temporary(2000, 'again')).toBe(large);
  plan.dispose();
});

it('is not replayed once disposed', async () => {
  const plan = createPlan(session, 'gone');
  plan.dispose();
  plan.dispose();
  await expect(
    session.submit('replay', ({ encoder }) => {
      plan.replay(encoder);
      return [];
    }),
  ).rejects.toBeInstanceOf(DisposedError);
});
