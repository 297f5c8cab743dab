import {
  createClassMeans,
  createClassProbability,
  createExtrapolate,
  createNearest,
  createPairwiseDistance,
  createSelectByLogOdds,
  createSession,
  type KernelDevice,
  type SessionOptions,
} from '@csx/wgsl-kernels';
import type { LatentOps } from './latent-ops.ts';

/**
 * The latent operations as kernels on a device (see a host's `requestAdapter`). Their session is their
 * own: `dispose` destroys its buffers, and the device stays the caller's.
 */
export function createGpuLatentOps({ device, adapter }: KernelDevice, options: SessionOptions = {}): LatentOps {
  const session = createSession(device, options);
  const pairwiseDistance = createPairwiseDistance(session);
  const nearest = createNearest(session);
  const classMeans = createClassMeans(session);
  const classProbability = createClassProbability(session);
  const select = createSelectByLogOdds(session);
  const extrapolate = createExtrapolate(session);
  return {
    description: { kind: 'gpu', name: adapter.name },
    largestKeptBytes: session.maxBindingBytes,
    async keep(matrix) {
      const { data, n, d } = matrix;
      if (n === 0 || data.byteLength > session.maxBindingBytes) return { matrix, release: () => undefined };
      let buffer: GPUBuffer | undefined;
      const release = () => {
        if (buffer !== undefined && session.pool.owns(buffer)) session.pool.release(buffer);
        buffer = undefined;
      };
      try {
        await session.submit('kept matrix', () => {
          buffer = session.upload(data, 'kept matrix');
          return [];
        });
      } catch (error) {
        release();
        throw error;
      }
      const resident = { device, buffer: buffer as unknown as GPUBuffer, firstRow: 0, data };
      return { matrix: { data, n, d, resident }, release };
    },
    pairwiseDistance: (a, b, metric) => pairwiseDistance.run({ a, b, metric }),
    nearest: (query, base, k, metric = 'squared-l2') => nearest.run({ query, base, k, metric }),
    classMeans: (latents, labels, classCount) => classMeans.run({ latents, labels, classCount }),
    classProbability: (logits, labels) => classProbability.run({ logits, labels }),
    select: (request) => select.run(request),
    extrapolate: (request) => extrapolate.run(request),
    dispose: () => session.dispose(),
  };
}
