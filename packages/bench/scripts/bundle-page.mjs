// Bundles what runs in a browser's page: the page's own script, and a worker script for each candidate that a page can run.
// Made when the package is built, so that whoever installs it needs no bundler. package.json's `browser` says which files
// are replaced by those of a page.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { pageCandidates } from '../dist/browser/page-candidates.js';
import { packageVersion } from '../dist/peers/package-version.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bundled = ['@jax-js/jax', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu', 'onnxruntime-web'];

async function bundle(folder, entryPoints) {
  const outdir = join(root, 'dist', folder);
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'eof',
    define: {
      packageVersions: JSON.stringify(Object.fromEntries(bundled.map((name) => [name, packageVersion(name)]))),
    },
    plugins: [
      {
        // It finds its wasm file and the script of its threads by its own address.
        name: 'onnxruntime-web-as-installed',
        setup({ onResolve }) {
          const path = '../onnxruntime/ort.wasm.min.mjs';
          onResolve({ filter: /^onnxruntime-web$/ }, () => ({ path, external: true }));
        },
      },
    ],
    logLevel: 'warning',
  });
}

const peers = (names) => Object.fromEntries(names.map((name) => [name, `dist/peers/${name}.js`]));

await bundle('page', { main: 'dist/browser/page/main.js', ...peers(pageCandidates.ours) });
await bundle('page-others', peers(pageCandidates.others));
