import { expect, it } from 'vitest';
import { testSession } from '../../test/support/device.ts';
import { InvalidOptionError, type OperandStorage } from '../index.ts';
import { halfStorageBound, resolveStorage, storedBytes } from './operand-storage.ts';

const names = ['input', 'output'] as const;

it('is f32 unless told', async () => {
  const session = await testSession();
  expect(resolveStorage('relu', session, names, {})).toEqual({ input: 'f32', output: 'f32' });
  const device = { ...session.device, features: new Set(['shader-f16']) } as unknown as GPUDevice;
  const halves = resolveStorage('relu', { ...session, device }, names, { storage: { output: 'f16' } });
  expect(halves).toEqual({ input: 'f32', output: 'f16' });
});

it('refuses what it does not know, and f16 without the feature', async () => {
  const session = await testSession();
  const device = { features: new Set(['timestamp-query', 'subgroups']) } as unknown as GPUDevice;
  const resolve = (options: object) => () => resolveStorage('relu', { ...session, device }, names, options);
  expect(resolve({ storage: { input: 'f32' } })).not.toThrow();
  for (const [options, message] of [
    [{ storage: { bias: 'f16' } }, 'relu: storage of bias, expected only that of input, output'],
    [{ storage: { input: 'f64' } }, 'relu: storage of input is f64, expected f32 or f16'],
    [{ store: {} }, 'relu: unknown option store'],
    [
      { storage: { input: 'f16' } },
      'relu: storage f16 needs the device feature shader-f16, the device has subgroups, timestamp-query',
    ],
  ] as const) {
    expect(resolve(options)).toThrow(InvalidOptionError);
    expect(resolve(options)).toThrow(message);
  }
  const storage: OperandStorage<'input'> = { input: 'f16' };
  expect(resolve({ storage })).toThrow(expect.objectContaining({ hint: expect.stringContaining('Use storage f32') }));
});

it('takes half of the bytes, in whole words', () => {
  expect([1, 2, 3, 8].map((count) => storedBytes(count, 'f16'))).toEqual([4, 4, 8, 16]);
  expect([1, 3].map((count) => storedBytes(count, 'f32'))).toEqual([4, 12]);
});

it('the bound covers what rounding to either neighbor can do', () => {
  // Of the neighbors 1 and 1 + 2^-10, the farther one; of a subnormal, all of it.
  expect(halfStorageBound(1 + 2 ** -12, 0)).toBeGreaterThan(2 ** -10 - 2 ** -12);
  expect(halfStorageBound(2 ** -15, 0)).toBeGreaterThan(2 ** -15);
  expect(halfStorageBound(1, 1)).toBeGreaterThan(1);
});
