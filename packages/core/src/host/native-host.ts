import process from 'node:process';
import type { AdapterSource } from './choose.ts';
import type { Host, RuntimeName } from './contract.ts';
import { createHost } from './create-host.ts';
import type { TrainingEngineFacts } from './doctor-facts.ts';
import { nativeOnnxRuntime } from './installed-packages.ts';
import { describeProcess, measureProcessMemory } from './process-facts.ts';

function trainingEngine(): TrainingEngineFacts {
  const installed = nativeOnnxRuntime();
  if (installed?.native === true) {
    return {
      package: `onnxruntime-node ${installed.version}`,
      kind: 'native',
      reason: 'installed, with its native library',
    };
  }
  const reason =
    installed === undefined
      ? 'onnxruntime-node is not installed'
      : `onnxruntime-node ${installed.version} has no library for ${process.platform}-${process.arch}`;
  return { package: 'onnxruntime-web', kind: 'wasm', reason };
}

/** Node, Bun and Deno: one set of facts, their own adapters. */
export function createNativeHost(name: Exclude<RuntimeName, 'browser'>, sources: readonly AdapterSource[]): Host {
  return createHost(name, {
    sources,
    operatingSystem: process.platform,
    describeRuntime: () => describeProcess(name),
    processMemory: measureProcessMemory,
    trainingEngine,
  });
}
