import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { PeerFailure } from '../worker/peer-failure.ts';
import { type Opened, serve } from '../worker/serve.ts';
import { nearestKernelTask } from './nearest-kernel-task.ts';
import { packageVersion } from './package-version.ts';
import { openKernel } from './tfjs-kernels.ts';

const name = '@tensorflow/tfjs-backend-wasm';
tf.env().set('PROD', true);
setWasmPaths(`${dirname(createRequire(import.meta.url).resolve(name))}/`);

await serve(async (task): Promise<Opened> => {
  setThreadsCount(task.threads);
  await tf.setBackend('wasm');
  const open = async () => {
    // Its operations are done when they return.
    const done = async () => undefined;
    if (task.kind === 'kernel') return openKernel(task, done);
    if (task.kind === 'nearest') return openKernel(nearestKernelTask(task), done);
    throw new PeerFailure('unsupported', `not asked to do a ${task.kind}`);
  };
  return {
    ...(await open()),
    about: () => ({
      versions: { '@tensorflow/tfjs': tf.version.tfjs, [name]: packageVersion(name) },
      device: `CPU, ${task.threads} threads`,
      wgsl: {},
    }),
  };
});
