import process from 'node:process';
import { createDawnSource } from './dawn.ts';
import { driverHint } from './driver-hint.ts';
import { createNativeHost } from './native-host.ts';
import { createNavigatorSource } from './navigator-gpu.ts';

export type * from './contract.ts';

/** Deno: Dawn through the npm package `webgpu` where it loads, else Deno's own WebGPU (wgpu). */
export const { hostName, describeRuntime, processMemory, listAdapters, requestAdapter, gatherDoctorFacts } =
  createNativeHost('deno', [
    createDawnSource(),
    createNavigatorSource('wgpu', `deno ${process.versions.deno ?? 'unknown'}`, {
      reason: "Deno's own WebGPU finds no driver",
      remedy: driverHint(process.platform),
    }),
  ]);
