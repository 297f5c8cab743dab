import { parentPort, workerData } from 'node:worker_threads';

const { length, value } = workerData as { readonly length: number; readonly value: number };
const source = new Float32Array(length).fill(value);
// Written once, so that no page is touched for the first time in a copy.
const target = new Float32Array(length).fill(-1);

// Copies as often as it is told, and answers with the last value that has arrived.
parentPort?.on('message', (repeats: number) => {
  for (let i = 0; i < repeats; i++) target.set(source);
  parentPort?.postMessage(target[length - 1]);
});
