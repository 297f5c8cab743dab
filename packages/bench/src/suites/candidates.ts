import { fileURLToPath } from 'node:url';
import { ownScript } from '../worker/script-command.ts';
import type { WorkerCommand } from '../worker/start-worker.ts';

/** What is measured, by name: what the tables call it. */
export const candidateTitles = {
  'csx-gpu': 'csx on WebGPU',
  'csx-gpu-f16': 'csx on WebGPU, activations stored as f16',
  'csx-cpu': 'csx on the CPU (ONNX Runtime)',
  'csx-reference': 'csx float64 reference',
  'tfjs-webgpu': 'TensorFlow.js, webgpu backend',
  'tfjs-wasm': 'TensorFlow.js, wasm backend',
  'jax-js': 'jax-js, WebGPU',
  'onnxruntime-webgpu': 'ONNX Runtime, WebGPU provider',
  'onnxruntime-cpu': 'ONNX Runtime, CPU provider',
  'faiss-cpu': 'FAISS, CPU (IndexFlatL2)',
  'numpy-cpu': 'NumPy, CPU',
  'scipy-cpu': 'SciPy, CPU (cdist)',
  'sklearn-cpu': 'scikit-learn, CPU',
  'imblearn-cpu': 'imbalanced-learn, CPU',
  'torch-cpu': 'PyTorch, CPU',
  'torch-cuda': 'PyTorch, CUDA, fp32 without TF32',
} as const;

export type CandidateName = keyof typeof candidateTitles;

/** Other libraries of tensors, which compose what they have no kernel for. */
export const tensorLibraries: readonly CandidateName[] = [
  'tfjs-webgpu',
  'tfjs-wasm',
  'jax-js',
  'onnxruntime-webgpu',
  'onnxruntime-cpu',
  'torch-cpu',
  'torch-cuda',
];

/** Scripts of the folder `python`, with their argument. */
const pythonPeers: Readonly<Partial<Record<CandidateName, readonly [string, string]>>> = {
  'faiss-cpu': ['numpy_peer.py', 'faiss'],
  'numpy-cpu': ['numpy_peer.py', 'numpy'],
  'scipy-cpu': ['numpy_peer.py', 'scipy'],
  'sklearn-cpu': ['numpy_peer.py', 'sklearn'],
  'imblearn-cpu': ['samplers_peer.py', ''],
  'torch-cpu': ['torch_peer.py', 'cpu'],
  'torch-cuda': ['torch_peer.py', 'cuda'],
};

/** Whose peaks a candidate is held against: the adapter's, the processor's, or none that are measured. */
export const candidateDevices: Readonly<Record<CandidateName, 'adapter' | 'cpu' | null>> = {
  'csx-gpu': 'adapter',
  'csx-gpu-f16': 'adapter',
  'csx-cpu': 'cpu',
  'csx-reference': 'cpu',
  'tfjs-webgpu': 'adapter',
  'tfjs-wasm': 'cpu',
  'jax-js': 'adapter',
  'onnxruntime-webgpu': 'adapter',
  'onnxruntime-cpu': 'cpu',
  'faiss-cpu': 'cpu',
  'numpy-cpu': 'cpu',
  'scipy-cpu': 'cpu',
  'sklearn-cpu': 'cpu',
  'imblearn-cpu': 'cpu',
  'torch-cpu': 'cpu',
  'torch-cuda': null,
};

/** How to start the worker that measures a candidate; `python` is the interpreter whose libraries are used. */
export function workerCommand(name: CandidateName, python: string): WorkerCommand {
  const peer = pythonPeers[name];
  if (peer !== undefined) {
    const [file, argument] = peer;
    const script = fileURLToPath(new URL(`../../python/${file}`, import.meta.url));
    // -B: no compiled files beside the scripts.
    return { command: python, args: ['-B', script, argument] };
  }
  return ownScript(name);
}
