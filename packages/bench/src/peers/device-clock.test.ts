import { requestAdapter } from '@csx/core/host';
import { expect, it } from 'vitest';
import { deviceClock, elapsed, smallestStep } from './device-clock.ts';

it.each([
  ['runs backwards', { begin: '2000', end: '1000', quantum: 1 }, { flag: 'its timestamps run backwards (by 1000 ns)' }],
  ['stands still', { begin: '1000', end: '2000', quantum: undefined }, { flag: 'its timestamps stand still' }],
  ['was not written', { begin: '0', end: '2000', quantum: 1 }, { flag: 'a timestamp was not written' }],
  ['goes on', { begin: '1000', end: '2001000', quantum: 500 }, { ms: 2, quantumMs: 5e-4 }],
])('a clock that %s', (_, { begin, end, quantum }, expected) => {
  expect(elapsed(BigInt(begin), BigInt(end), quantum)).toEqual(expected);
});

it.each([
  [[5, 5, 9, 12, 2, 2], 3],
  [[7, 7, 3], undefined],
])('the smallest step of %j is %s', (times, step) => {
  expect(smallestStep(BigUint64Array.from(times, BigInt))).toBe(step);
});

it('reads the device, where it takes timestamps, and says so where it does not', async () => {
  const { device } = await requestAdapter();
  const clock = deviceClock(device);
  expect(clock === undefined).toBe(!device.features.has('timestamp-query'));
  expect(deviceClock({ features: new Set() } as unknown as GPUDevice)).toBeUndefined();
  if (clock === undefined) return;
  expect(deviceClock(device)).toBe(clock);
  const encoder = device.createCommandEncoder();
  clock.start(encoder);
  clock.stop(encoder);
  device.queue.submit([encoder.finish()]);
  const time = await clock.read();
  if ('flag' in time) throw new Error(time.flag);
  expect(time.ms).toBeGreaterThanOrEqual(0);
  expect(time.quantumMs).toBeGreaterThan(0);
});
