import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';

interface InstalledPackage {
  readonly folder: string;
  readonly version: string;
}

/** The package.json above `file` that belongs to the package; not every package exports its own. */
function manifestAbove(file: string, name: string): InstalledPackage | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (!existsSync(path)) continue;
    const manifest: { name?: unknown; version?: unknown } = JSON.parse(readFileSync(path, 'utf8'));
    if (manifest.name === name) return { folder, version: String(manifest.version) };
  }
  return undefined;
}

/** An npm package as this file sees it; undefined when it is not installed. */
function findPackage(name: string): InstalledPackage | undefined {
  try {
    return manifestAbove(createRequire(import.meta.url).resolve(name), name);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Version of an installed npm package; undefined when it is not installed. */
export function packageVersion(name: string): string | undefined {
  return findPackage(name)?.version;
}

/** Whether onnxruntime-node carries a native library for this platform. */
export function nativeOnnxRuntime(): { readonly version: string; readonly native: boolean } | undefined {
  const found = findPackage('onnxruntime-node');
  if (found === undefined) return undefined;
  const binaries = join(found.folder, 'bin');
  const abis = existsSync(binaries) ? readdirSync(binaries) : [];
  const native = abis.some((abi) =>
    existsSync(join(binaries, abi, process.platform, process.arch, 'onnxruntime_binding.node')),
  );
  return { version: found.version, native };
}
