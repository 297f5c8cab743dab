import { describe, expect, it } from 'vitest';
import { testDevice } from '../../test/support/device.ts';
import { AdapterUnavailableError, requestKernelDevice } from '../index.ts';

describe('requestKernelDevice', () => {
  it("gives the device the adapter's own limits, and describes it as plain data", async () => {
    const { device, adapter, features } = await testDevice();
    for (const name of ['maxStorageBufferBindingSize', 'maxBufferSize', 'maxComputeInvocationsPerWorkgroup'] as const) {
      expect(adapter.limits[name]).toBeGreaterThan(0);
      expect(device.limits[name]).toBe(adapter.limits[name]);
    }
    expect(features).toEqual([...features].sort());
    expect(JSON.parse(JSON.stringify(adapter))).toEqual(adapter);
  });

  it('says so when the adapter gives no device', async () => {
    // Only says no: nothing is computed on it.
    const spent = {
      info: { vendor: '', architecture: '', device: '', description: 'spent' },
      limits: {},
      features: new Set(),
      requestDevice: () => Promise.reject(new Error('already used')),
    } as unknown as GPUAdapter;
    const failure = requestKernelDevice(spent);
    await expect(failure).rejects.toBeInstanceOf(AdapterUnavailableError);
    await expect(failure).rejects.toThrow('already used');
  });
});
