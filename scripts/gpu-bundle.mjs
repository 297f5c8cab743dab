// `npm run gpu-bundle`: what gpu-bundle/ holds, in TypeScript, made runnable on Node 20 and run.
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outfile = join(root, '.bundles', 'gpu-bundle.mjs');
await build({
  entryPoints: [join(root, 'scripts', 'gpu-bundle', 'main.ts')],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'error',
});
await import(pathToFileURL(outfile).href);
