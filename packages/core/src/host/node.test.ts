import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bufferUsage, createSession } from '@csx/wgsl-kernels';
import { describe, expect, it, onTestFinished } from 'vitest';
import { driverHint } from './driver-hint.ts';
import * as host from './node.ts';
import { hasVulkanLoader } from './vulkan-loader.ts';

const doubling = `
@group(0) @binding(0) var<storage, read_write> data: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&data)) { data[id.x] = data[id.x] * 2u; }
}`;

/** Doubles four numbers on the device. */
async function double(device: GPUDevice): Promise<number[]> {
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: doubling }), entryPoint: 'main' },
  });
  const data = device.createBuffer({ size: 16, usage: bufferUsage.storage });
  const back = device.createBuffer({ size: 16, usage: bufferUsage.readback });
  device.queue.writeBuffer(data, 0, new Uint32Array([1, 2, 3, 4]));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: data } }],
    }),
  );
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(data, 0, back, 0, 16);
  device.queue.submit([encoder.finish()]);
  await back.mapAsync(1);
  const result = [...new Uint32Array(back.getMappedRange().slice(0))];
  back.destroy();
  data.destroy();
  return result;
}

describe('the host of Node', () => {
  it('lists adapters as plain data that fits into a record', async () => {
    const adapters = await host.listAdapters();
    expect(adapters.length).toBeGreaterThan(0);
    for (const adapter of adapters) {
      expect(adapter).toMatchObject({ implementation: 'dawn', implementationVersion: expect.stringMatching(/^\d+\./) });
      expect(adapter.name).toMatch(/^[a-z0-9.-]+$/);
      expect(adapter.backend).not.toBeNull();
      expect(adapter.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(128 * 1024 * 1024);
      expect(JSON.parse(JSON.stringify(adapter))).toEqual(adapter);
    }
  });

  it('opens a device with the limits of its adapter, by default, by number and by name', async () => {
    const [first] = await host.listAdapters();
    for (const request of [{}, { adapter: 0 }, { adapter: first.name.toUpperCase() }]) {
      const { device, adapter } = await host.requestAdapter(request);
      expect(adapter.name).toBe(first.name);
      expect(device.limits.maxStorageBufferBindingSize).toBe(adapter.limits.maxStorageBufferBindingSize);
      expect(await double(device)).toEqual([2, 4, 6, 8]);
      createSession(device).dispose();
    }
  });

  it('tells software from hardware', async () => {
    const adapters = await host.listAdapters();
    for (const [kind, isSoftware] of [
      ['hardware', false],
      ['software', true],
    ] as const) {
      const request = host.requestAdapter({ kind });
      if (adapters.some((adapter) => adapter.isSoftware === isSoftware)) {
        expect((await request).adapter.isSoftware).toBe(isSoftware);
      } else {
        await expect(request).rejects.toMatchObject({ code: 'ADAPTER_UNAVAILABLE' });
      }
    }
  });

  it('passes on the flags of CSX_DAWN_FLAGS', async () => {
    onTestFinished(() => void delete process.env.CSX_DAWN_FLAGS);
    process.env.CSX_DAWN_FLAGS = ' enable-dawn-features=skip_validation  adapter=none-such ';
    // Dawn refuses an adapter that is not there, so the flag has reached it.
    await expect(host.requestAdapter()).rejects.toThrow(/no suitable backends/);
    process.env.CSX_DAWN_FLAGS = 'enable-dawn-features=use_user_defined_labels_in_backend';
    expect(await double((await host.requestAdapter()).device)).toEqual([2, 4, 6, 8]);
  });

  it('has no WebGPU but Dawn', async () => {
    await expect(host.requestAdapter({ implementation: 'wgpu' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('keeps Dawn alive through collections', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const { device } = await host.requestAdapter();
    for (let round = 0; round < 20; round++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await double(device)).toEqual([2, 4, 6, 8]);
    }
  });

  it('knows the process', () => {
    const runtime = host.describeRuntime();
    expect(runtime).toMatchObject({ name: 'node', version: process.versions.node });
    expect(runtime.packages.webgpu).toMatch(/^\d+\.\d+\.\d+$/);
    expect(runtime.cpuCount).toBeGreaterThan(0);
    const before = host.processMemory();
    const ballast = new Uint8Array(64 * 1024 * 1024).fill(1);
    const after = host.processMemory();
    expect(ballast[0]).toBe(1);
    expect(after.residentBytes).toBeGreaterThan((before.residentBytes ?? 0) + 32 * 1024 * 1024);
    if (process.platform === 'linux')
      expect(after.peakResidentBytes).toBeGreaterThanOrEqual(before.peakResidentBytes ?? 0);
  });

  it('gathers what doctor prints', async () => {
    const facts = await host.gatherDoctorFacts();
    expect(facts.trainingEngine).toMatchObject({ kind: 'native' });
    const hardware = facts.adapters.find((adapter) => !adapter.isSoftware);
    expect(facts.hardwareAdapter).toBe(hardware?.name ?? null);
    if (hardware === undefined) {
      expect(facts.missing).toContainEqual(expect.objectContaining({ remedy: driverHint(process.platform) }));
    }
  });
});

describe('driverHint', () => {
  it.each([
    ['linux', /mesa-vulkan-drivers 25 or newer/],
    ['darwin', /macOS 13/],
    ['win32', /graphics driver/],
    ['browser', /Chrome/],
    ['sunos', /CPU path/],
  ])('on %s', (platform, expected) => {
    expect(driverHint(platform)).toMatch(expected);
  });
});

describe.runIf(process.platform === 'linux')('hasVulkanLoader', () => {
  it('finds the one that this process uses', () => {
    expect(hasVulkanLoader()).toBe(true);
  });
});
