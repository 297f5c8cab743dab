import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');

/**
 * Bundles a TypeScript file of ours into one that a runtime or a page can run: kernels and core from their sources,
 * the host as the package's conditional export gives it (which needs a build). Returns the path of the bundle.
 */
export async function bundle(entry: string, name: string, platform: 'node' | 'browser'): Promise<string> {
  // Not in node_modules, from where Deno imports no workspace.
  const outfile = join(root, '.bundles', name);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform,
    alias: { '@csx/wgsl-kernels': join(root, 'packages', 'wgsl-kernels', 'src', 'index.ts') },
    // Node, Bun and Deno each resolve the host by themselves, with their own condition; the large libraries too.
    external: platform === 'node' ? ['@csx/core/host', '@tensorflow/tfjs', 'onnxruntime-web'] : [],
    logLevel: 'error',
  });
  return outfile;
}
