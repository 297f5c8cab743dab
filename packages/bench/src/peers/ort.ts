import { PeerFailure } from '../worker/peer-failure.ts';

/** A tensor in host memory or, by its location, in a buffer of the device. */
export interface OrtTensor {
  readonly data: unknown;
  dispose(): void;
}

export interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** What is used of onnxruntime-node, which is optional: its types come with it. */
export interface Ort {
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OrtSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => OrtTensor;
}

export type OrtProvider = 'webgpu' | 'cpu';

/** A name in a variable, so that the compiler does not look for the package. */
export async function loadOrt(): Promise<Ort> {
  const name = 'onnxruntime-node';
  const module = (await import(name)) as Ort & { readonly default?: Ort };
  return module.default ?? module;
}

/**
 * A session of one provider. On WebGPU a node without a kernel there is an error, which else would run on the CPU under
 * the other's name: ends in the status `unsupported`.
 */
export async function openSession(
  ort: Ort,
  model: Uint8Array,
  provider: OrtProvider,
  threads: number,
  options: Readonly<Record<string, unknown>>,
): Promise<OrtSession> {
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      ...(provider === 'webgpu' && { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      ...options,
    });
  } catch (error) {
    const { message } = error as Error;
    if (!message.includes('fallback to CPU EP')) throw error;
    throw new PeerFailure('unsupported', 'its WebGPU provider has no kernel for a node of the graph');
  }
}
