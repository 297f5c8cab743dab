import { join } from 'node:path';
import { filesIn } from './trace.ts';

/** Tests of what computes on an adapter: all kernels, and what core builds of them. */
const folders = [
  'packages/wgsl-kernels/src',
  'packages/wgsl-kernels/test',
  'packages/core/src/latent-ops',
  'packages/core/src/training',
];

/** Test files that the bundle carries, as paths from the repository's root. */
export function testFiles(root: string): string[] {
  return folders.flatMap((folder) => filesIn(root, join(folder), (path) => path.endsWith('.test.ts')));
}
