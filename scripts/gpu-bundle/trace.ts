import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { build } from 'esbuild';

/** What a bundler must not look into: native, loaded by its path, or only needed in browsers. */
const opaque = [
  'vitest',
  'vitest/*',
  '*.node',
  'onnxruntime-web',
  'onnxruntime-web/*',
  '@sparticuz/chromium',
  'playwright-core',
];

/** All files of a folder, as paths from `root`. */
export function filesIn(root: string, folder: string, matches: (path: string) => boolean): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter(matches)
    .sort();
}

/**
 * The package.json files that say how Node finds and reads a file: its package's own, and those of folders within,
 * which only name the kind of module.
 */
function manifestsOf(root: string, file: string): string[] {
  const manifests: string[] = [];
  for (let folder = dirname(file); folder !== '.' && basename(folder) !== 'node_modules'; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(join(root, manifest))) manifests.push(manifest);
  }
  return manifests;
}

/**
 * Every file that the entries import, directly or not, with the package.json that each lies under. The files stay
 * apart and where they are, rather than in one bundled file, since some look for their neighbors: workers, fixtures,
 * native libraries, versions. `alias` has packages of ours read from their sources.
 */
export async function traceImports(
  root: string,
  entries: readonly string[],
  alias: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entries],
    bundle: true,
    write: false,
    metafile: true,
    // Shared parts are read and written once.
    splitting: true,
    logLimit: 5,
    outdir: join(root, '.bundles', 'trace'),
    format: 'esm',
    platform: 'node',
    conditions: ['node'],
    alias,
    external: opaque,
    logLevel: 'error',
  });
  const files = new Set(Object.keys(metafile.inputs).filter((file) => existsSync(join(root, file))));
  for (const file of [...files]) for (const manifest of manifestsOf(root, file)) files.add(manifest);
  return [...files].sort();
}

/** Files of an npm package that nothing runs. */
const idle = /\.(?:map|md|d\.[cm]?ts)$/;

/**
 * All files of installed packages and of those they depend on. For packages that load parts of themselves by name,
 * where no trace sees it; `except` names dependencies that are not needed.
 */
export function packagesWithDependencies(root: string, names: readonly string[], except: RegExp): string[] {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    if (except.test(name)) return;
    let folder = from;
    while (!existsSync(join(folder, 'node_modules', name))) {
      // An optional one, for another system.
      if (folder === root) return;
      folder = dirname(folder);
    }
    folder = join(folder, 'node_modules', name);
    if (found.has(folder)) return;
    found.add(folder);
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as Record<string, object | undefined>;
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) visit(needed, folder);
  };
  for (const name of names) visit(name, root);
  const nested = `node_modules${sep}`;
  return [...found].flatMap((folder) =>
    filesIn(
      root,
      relative(root, folder),
      (path) => !idle.test(path) && !relative(folder, join(root, path)).includes(nested),
    ),
  );
}
