import type { CandidateName } from '../suites/candidates.ts';

/**
 * What a page can run: each has a bundle, made from its file under `peers` when the package is built. Other libraries'
 * bundles lie apart and are not published, as installing csx does not install them.
 */
export const pageCandidates = {
  ours: ['csx-gpu', 'csx-gpu-f16', 'csx-cpu', 'csx-reference'],
  others: ['tfjs-webgpu', 'jax-js'],
} as const satisfies Readonly<Record<string, readonly CandidateName[]>>;

const all: readonly CandidateName[] = [...pageCandidates.ours, ...pageCandidates.others];

export const runsInPage = (name: CandidateName) => all.includes(name);
