import { type HostDevice, requestAdapter } from '@csx/core/host';
import { AdapterUnavailableError } from '@csx/wgsl-kernels';
import { beforeAll, expect, it } from 'vitest';
import { exitCodeOf } from '../exit-code.ts';
import type { ChosenDevice } from './choose-device.ts';
import { openEngine } from './open-engine.ts';

let host: HostDevice;
beforeAll(async () => {
  host = await requestAdapter({ kind: 'any' });
});

const onCpu: ChosenDevice = { kind: 'cpu', reason: 'on the CPU, as asked for' };
const onGpu = (isSoftware: boolean): ChosenDevice => ({
  kind: 'gpu',
  host: { ...host, adapter: { ...host.adapter, isSoftware } },
  reason: 'as named',
});
const nameOf = async (choice: 'auto' | 'gpu' | 'cpu', device: ChosenDevice) => {
  const { engine, dispose } = await openEngine({ engine: choice, threads: 1 }, device, 2);
  dispose();
  return engine.name;
};

it('trains where the latent work is done, but on software adapters only when told', async () => {
  expect(await nameOf('auto', onGpu(false))).toMatch(/^WebGPU kernels/);
  expect(await nameOf('auto', onGpu(true))).toMatch(/^ONNX Runtime/);
  expect(await nameOf('gpu', onGpu(true))).toBe(`WebGPU kernels (${host.adapter.name})`);
  expect(await nameOf('cpu', onGpu(false))).toMatch(/1 thread\)$/);
  expect(await nameOf('auto', onCpu)).toMatch(/^ONNX Runtime/);
});

it('ends with 3 when it is to train on a GPU and there is none', async () => {
  const error: unknown = await nameOf('gpu', onCpu).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AdapterUnavailableError);
  expect(exitCodeOf(error)).toBe(3);
});
