import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { WorkerCommand } from '../worker/start-worker.ts';

/** What is measured, by name: what the tables call it. */
export const candidateTitles = {
  'csx-gpu': 'csx on WebGPU',
  'csx-gpu-f16': 'csx on WebGPU, activations stored as f16',
  'csx-cpu': 'csx on the CPU (ONNX Runtime)',
  'csx-reference': 'csx float64 reference',
  'tfjs-webgpu': 'TensorFlow.js, webgpu backend',
  'jax-js': 'jax-js, WebGPU',
  'onnxruntime-webgpu': 'ONNX Runtime, WebGPU provider',
  'onnxruntime-cpu': 'ONNX Runtime, CPU provider',
  'torch-cpu': 'PyTorch, CPU',
  'torch-cuda': 'PyTorch, CUDA, fp32 without TF32',
} as const;

export type CandidateName = keyof typeof candidateTitles;

const torchDevices: Readonly<Partial<Record<CandidateName, string>>> = { 'torch-cpu': 'cpu', 'torch-cuda': 'cuda' };

/** How to start the worker that measures a candidate; `python` is the interpreter whose torch is used. */
export function workerCommand(name: CandidateName, python: string): WorkerCommand {
  const device = torchDevices[name];
  if (device !== undefined) {
    const script = fileURLToPath(new URL('../../python/torch_peer.py', import.meta.url));
    return { command: python, args: [script, device] };
  }
  // From `src` (tests) as from `dist`: what runs is the compiled file, since Node 20 reads no types.
  const script = fileURLToPath(new URL(`../../dist/peers/${name}.js`, import.meta.url));
  return { command: process.execPath, args: [script] };
}
