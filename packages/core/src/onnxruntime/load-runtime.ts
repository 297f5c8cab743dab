import { InvalidOptionError } from '@csx/wgsl-kernels';
import type * as Ort from 'onnxruntime-web';

export type OnnxBackend = 'native' | 'wasm';
export type OnnxSession = Ort.InferenceSession;
export type OnnxTensor = Ort.Tensor;

/** ONNX Runtime as both of its npm packages offer it. */
export interface OnnxRuntime {
  readonly backend: OnnxBackend;
  readonly version: string;
  readonly InferenceSession: typeof Ort.InferenceSession;
  readonly Tensor: typeof Ort.Tensor;
}

/** The native package where it is installed and loads, else the wasm one. */
export async function loadOnnxRuntime(backend: OnnxBackend | 'auto', threads: number): Promise<OnnxRuntime> {
  if (backend !== 'wasm') {
    try {
      return describe('native', await importNative());
    } catch (error) {
      if (backend === 'native') {
        throw new InvalidOptionError('ONNX Runtime: onnxruntime-node does not load on this platform', {
          hint: 'install onnxruntime-node, or choose the wasm backend',
          cause: error,
        });
      }
      // `auto`: the package is optional, and has no binary for every platform; wasm runs the same graphs.
    }
  }
  const web = await import('onnxruntime-web');
  web.env.wasm.numThreads = threads;
  web.env.logLevel = 'error';
  return describe('wasm', web);
}

/** A session of one graph; `threads` work within an operation. */
export function openSession(ort: OnnxRuntime, model: Uint8Array, threads: number): Promise<OnnxSession> {
  return ort.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
}

async function importNative(): Promise<typeof Ort> {
  // A variable, so that bundlers for browsers leave it alone.
  const name = 'onnxruntime-node';
  const module = (await import(name)) as typeof Ort & { default?: typeof Ort };
  return module.default ?? module;
}

function describe(backend: OnnxBackend, module: typeof Ort): OnnxRuntime {
  return {
    backend,
    version: module.env.versions.node ?? module.env.versions.web ?? module.env.versions.common ?? 'unknown',
    InferenceSession: module.InferenceSession,
    Tensor: module.Tensor,
  };
}
