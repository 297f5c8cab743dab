import { createDawnSource } from './dawn.ts';
import { createNativeHost } from './native-host.ts';

export type * from './contract.ts';

/** Node: Dawn through the npm package `webgpu`. */
export const { hostName, describeRuntime, processMemory, listAdapters, requestAdapter, gatherDoctorFacts } =
  createNativeHost('node', [createDawnSource()]);
