import process from 'node:process';
import { create } from 'webgpu';
import {
  createSession,
  type KernelDevice,
  requestKernelDevice,
  type Session,
  type SessionOptions,
} from '../../src/index.ts';

// Dawn's binding dies when the object that create() returned is collected, so all of it stays referenced here.
const kept: { gpu: GPU; adapter: GPUAdapter; device: GPUDevice }[] = [];

/** A device of its own on the machine's adapter. A test that needs one fails without one. */
export async function testDevice(): Promise<KernelDevice> {
  // As the host of core reads it.
  const gpu = create((process.env.CSX_DAWN_FLAGS ?? '').split(/\s+/).filter((flag) => flag !== ''));
  const adapter = await gpu.requestAdapter();
  if (!adapter)
    throw new Error('no WebGPU adapter: vitest.config.ts sets the environment for SwiftShader on Linux x64');
  const made = await requestKernelDevice(adapter);
  kept.push({ gpu, adapter, device: made.device });
  return made;
}

let shared: Promise<KernelDevice> | undefined;

/** A session of its own on a device that the tests of one file share. */
export async function testSession(options?: SessionOptions): Promise<Session> {
  shared ??= testDevice();
  return createSession((await shared).device, options);
}
