import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { verifyCifar10 } from '@csx/core/files';
import { build } from 'esbuild';
import { swiftShaderEnvironment } from '../../test/support/software-vulkan.ts';
import { type Compression, type Piece, packFolder } from './pack.ts';
import { testFiles } from './test-files.ts';
import { filesIn, packagesWithDependencies, traceImports } from './trace.ts';

export interface BundleOptions {
  /** The repository, built. */
  readonly root: string;
  readonly out: string;
  /** A directory with the official files of CIFAR-10; undefined: a bundle without them. */
  readonly data: string | undefined;
  readonly compression: Compression;
}

/**
 * Libraries that a bare machine may lack: of Node and Dawn, and of NVIDIA's Vulkan driver, which wants those of X11
 * also where there is no screen. Taken from this machine as far as it has them.
 */
const libraries = {
  runtime: ['libstdc++.so.6', 'libgcc_s.so.1'],
  driver: [
    'libX11.so.6',
    'libXext.so.6',
    'libxcb.so.1',
    'libXau.so.6',
    'libXdmcp.so.6',
    'libbsd.so.0',
    'libmd.so.0',
    'libGLdispatch.so.0',
  ],
} as const;

function findLibrary(name: string): string | undefined {
  const folders = ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function git(root: string, ...words: string[]): string {
  return spawnSync('git', words, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
}

/** Packages that load their parts, or are loaded, by a name that is put together. */
const loadedByName = ['vitest', 'esbuild', 'onnxruntime-node', 'onnxruntime-web', 'webgpu'];
/** Native libraries of other systems, and what browsers would load. */
const foreign = [
  /node_modules\/(?:webgpu\/dist\/(?!linux-x64\/)|onnxruntime-node\/bin\/[^/]+\/(?!linux\/x64\/)).+\//,
  /node_modules\/onnxruntime-web\/(?:lib|dist\/(?!ort\.node\.min\.|ort-wasm-simd-threaded\.(?:mjs|wasm)$))/,
];

const packages = ['wgsl-kernels', 'core', 'cli', 'bench'] as const;

/** Tests read our packages from their sources; vitest.config.ts says the same. */
function sourcesOfPackages(root: string): Record<string, string> {
  const source = (path: string): string => join(root, 'packages', path);
  return {
    '@csx/wgsl-kernels': source('wgsl-kernels/src/index.ts'),
    '@csx/core/config': source('core/src/config.ts'),
    '@csx/core/host': source('core/src/host/node.ts'),
    '@csx/core/files': source('core/src/files/index.ts'),
    '@csx/core': source('core/src/index.ts'),
  };
}

/** The files of the repository and of node_modules that run, at their places. */
async function repositoryFiles(root: string): Promise<string[]> {
  const code = (path: string): boolean => /\.[cm]?js$|\.json$|\.py$/.test(path);
  const built = packages.flatMap((name) => filesIn(root, join('packages', name, 'dist'), code));
  const programs = [
    'packages/cli/dist/main.js',
    'packages/bench/dist/index.js',
    // The benchmark starts these by name.
    ...filesIn(root, 'packages/bench/dist/peers', (path) => path.endsWith('.js')),
  ];
  const traced = [
    ...(await traceImports(root, programs)),
    ...(await traceImports(root, [...testFiles(root), 'vitest.config.ts'], sourcesOfPackages(root))),
  ];
  const all = (): boolean => true;
  return [
    ...traced,
    ...built,
    ...packagesWithDependencies(root, loadedByName, /^(?:lightningcss|@types\/|adm-zip$|global-agent$)/).filter(
      (path) => !foreign.some((pattern) => pattern.test(path)),
    ),
    ...[
      'wgsl-kernels/src',
      'wgsl-kernels/test',
      'core/src',
      'core/test',
      'core/mini-cifar10',
      'core/schema',
      'cli/bin',
      'bench/python',
    ].flatMap((folder) => filesIn(root, join('packages', folder), all)),
    ...packages.map((name) => join('packages', name, 'package.json')),
    'package.json',
    'tsconfig.base.json',
  ];
}

/** Lays out what the campaign needs besides the data. */
async function stageRuntime(root: string, stage: string): Promise<void> {
  const app = join(stage, 'app');
  for (const file of new Set(await repositoryFiles(root))) {
    mkdirSync(dirname(join(app, file)), { recursive: true });
    copyFileSync(join(root, file), join(app, file));
  }
  mkdirSync(join(app, 'node_modules', '@csx'), { recursive: true });
  for (const name of ['wgsl-kernels', 'core', 'bench'])
    symlinkSync(join('..', '..', 'packages', name), join(app, 'node_modules', '@csx', name));

  const node = join(stage, 'node');
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  // A quarter of a distribution's Node is symbols; without strip it is only larger.
  spawnSync('strip', [node]);

  const swiftShader = dirname((await swiftShaderEnvironment()).VK_ICD_FILENAMES);
  cpSync(swiftShader, join(stage, 'vulkan'), {
    recursive: true,
    filter: (path) => !/lib(?:EGL|GLESv2)\.so$/.test(path),
  });
  for (const [folder, names] of Object.entries(libraries)) {
    mkdirSync(join(stage, 'lib', folder), { recursive: true });
    for (const name of names) {
      const found = findLibrary(name);
      if (found !== undefined) copyFileSync(found, join(stage, 'lib', folder, name));
    }
  }

  const scripts = join(root, 'scripts', 'gpu-bundle');
  await build({
    entryPoints: {
      campaign: join(scripts, 'campaign', 'main.ts'),
      'test-reporter': join(scripts, 'campaign', 'test-reporter.ts'),
      'find-adapters': join(scripts, 'campaign', 'find-adapters.ts'),
    },
    outdir: join(app, 'campaign'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
  const about = {
    commit: git(root, 'rev-parse', 'HEAD'),
    changedFiles: git(root, 'status', '--porcelain')
      .split('\n')
      .filter((line) => line !== '').length,
    node: process.version,
    testFiles: testFiles(root),
  };
  writeFileSync(join(app, 'campaign', 'bundle.json'), `${JSON.stringify(about, undefined, 1)}\n`);
}

/** The official files, checked, at the top of a folder. */
async function stageData(data: string, stage: string): Promise<void> {
  const folders = [data, join(data, 'cifar10'), join(data, 'cifar-10-batches-bin')];
  for (const { name } of await verifyCifar10(data)) {
    const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (found === undefined) {
      throw new Error(
        `gpu-bundle: ${name} is packed in ${data}, expected the plain file; csx data fetch cifar10 leaves it`,
      );
    }
    copyFileSync(found, join(stage, name));
  }
}

/** Makes the bundle anew in `out` and returns its pieces. */
export async function buildBundle({ root, out, data, compression }: BundleOptions): Promise<Piece[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `gpu-bundle: this is ${process.platform}-${process.arch}, but the bundle carries this machine's Node to linux-x64`,
    );
  }
  const target = resolve(root, out);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const stage = mkdtempSync(join(target, 'stage-'));
  try {
    const pieces: Piece[] = [];
    mkdirSync(join(stage, 'runtime'));
    await stageRuntime(root, join(stage, 'runtime'));
    pieces.push(...(await packFolder(join(stage, 'runtime'), target, 'runtime', compression)));
    if (data !== undefined) {
      mkdirSync(join(stage, 'cifar10'));
      await stageData(data, join(stage, 'cifar10'));
      pieces.push(...(await packFolder(join(stage, 'cifar10'), target, 'cifar10', compression)));
    }
    writeFileSync(join(target, 'SHA256SUMS'), pieces.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''));
    copyFileSync(join(root, 'scripts', 'gpu-bundle', 'run.sh'), join(target, 'run.sh'));
    return pieces;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}
