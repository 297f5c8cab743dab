import { KernelCompileError } from '../errors.ts';
import type { DeviceGuard } from './device-guard.ts';

/** A compute pipeline to compile; code and entry point identify it. */
export interface PipelineSource {
  /** Names the kernel in messages and tools. */
  readonly label: string;
  /** WGSL. */
  readonly code: string;
  /** `main` unless told. */
  readonly entryPoint?: string;
}

async function compile(device: GPUDevice, guard: DeviceGuard, source: PipelineSource): Promise<GPUComputePipeline> {
  const { label, code, entryPoint = 'main' } = source;
  let compilation: Promise<GPUCompilationInfo | undefined> | undefined;
  try {
    return await guard.scoped(`${label}: pipeline`, () => {
      const module = device.createShaderModule({ label, code });
      // Only adds lines to an error that is thrown anyway; a lost device refuses it.
      compilation = module.getCompilationInfo().catch(() => undefined);
      return device.createComputePipelineAsync({ label, layout: 'auto', compute: { module, entryPoint } });
    });
  } catch (error) {
    guard.check();
    const info = await compilation;
    const lines = (info?.messages ?? [])
      .filter((message) => message.type === 'error')
      .map((message) => `${label}:${message.lineNum}:${message.linePos}: ${message.message}`);
    const detail = lines.length > 0 ? lines.join('\n') : String(error instanceof Error ? error.message : error);
    throw new KernelCompileError(`${label}: entry point ${entryPoint} does not compile\n${detail}`, { cause: error });
  }
}

/** Compiles every pipeline once. A failure is told to all who wait for it, and forgotten, so that a retry compiles anew. */
export function createPipelineCache(device: GPUDevice, guard: DeviceGuard) {
  const pipelines = new Map<string, Promise<GPUComputePipeline>>();
  return {
    get(source: PipelineSource): Promise<GPUComputePipeline> {
      const key = `${source.entryPoint ?? 'main'}\n${source.code}`;
      const known = pipelines.get(key);
      if (known) return known;
      const made = compile(device, guard, source);
      pipelines.set(key, made);
      made.catch(() => pipelines.delete(key));
      return made;
    },
    clear: () => pipelines.clear(),
  };
}
