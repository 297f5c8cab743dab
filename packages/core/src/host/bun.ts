import { createDawnSource } from './dawn.ts';
import { createNativeHost } from './native-host.ts';

export type * from './contract.ts';

/** Bun: Dawn through the npm package `webgpu`. */
export const { hostName, describeRuntime, processMemory, listAdapters, requestAdapter, gatherDoctorFacts } =
  createNativeHost('bun', [createDawnSource()]);
