import { PeerFailure } from '../worker/peer-failure.ts';
import { actAsBrowser } from './browser-globals.ts';

export type Jax = typeof import('@jax-js/jax');

let loaded: Jax | undefined;

/** Lets jax-js find our device: it asks the browser's `navigator`, and reads the user agent when it is imported. */
export async function loadJax(device: GPUDevice): Promise<Jax> {
  if (loaded !== undefined) return loaded;
  actAsBrowser(device);
  const jax = await import('@jax-js/jax');
  const devices = await jax.init('webgpu');
  if (!devices.includes('webgpu')) throw new PeerFailure('unsupported', 'jax-js does not take the adapter');
  jax.defaultDevice('webgpu');
  loaded = jax;
  return jax;
}
