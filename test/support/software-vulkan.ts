import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The npm package that carries SwiftShader: Linux on x64 only. */
export function sparticuzFolder(): string {
  return dirname(dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'))));
}

/** Where what npm brought packed is unpacked to: gone with node_modules. */
export function cacheFolder(): string {
  return join(root, 'node_modules', '.cache', 'csx');
}

/** Unpacks a brotli-packed tar of the Chromium package once; the folder appears whole or not at all. */
export async function unpackOnce(archive: string, name: string): Promise<string> {
  const cache = cacheFolder();
  const target = join(cache, name);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(join(cache, `${name}-`));
  const bytes = brotliDecompressSync(readFileSync(join(sparticuzFolder(), 'bin', archive)));
  for (const { header, data } of await unpackTar(new Uint8Array(bytes))) {
    if (header.type === 'directory') mkdirSync(join(temporary, header.name), { recursive: true });
    else if (data) {
      mkdirSync(dirname(join(temporary, header.name)), { recursive: true });
      writeFileSync(join(temporary, header.name), data, { mode: header.mode ?? 0o644 });
    }
  }
  try {
    renameSync(temporary, target);
  } catch (error) {
    // Another process was faster.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

const icdFolders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/** Asks Dawn in a process of its own, since Vulkan's loader reads the environment when a process starts. */
function dawnFindsAdapter(environment: Record<string, string>): boolean {
  const probe = `import('webgpu').then(async ({ create }) => {
    const gpu = create([]); const adapter = await gpu.requestAdapter(); process.exit(adapter ? 0 : 1); });`;
  const child = spawnSync(process.execPath, ['-e', probe], {
    cwd: join(root, 'packages', 'core'),
    env: { ...process.env, ...environment },
    timeout: 60_000,
  });
  return child.status === 0;
}

/** Whether Dawn finds an adapter with the machine's own drivers (Debian 12's Mesa 22 is there, but Dawn refuses it). */
function machineHasAdapter(): boolean {
  const mayHave =
    process.platform !== 'linux' ||
    process.env.VK_ICD_FILENAMES !== undefined ||
    icdFolders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
  return mayHave && dawnFindsAdapter({});
}

/**
 * Environment under which Dawn finds an adapter: the machine's own where it has one, else SwiftShader from npm.
 * It must be set before the process that loads Dawn starts.
 */
export async function vulkanEnvironment(): Promise<Record<string, string>> {
  if (machineHasAdapter()) return {};
  return swiftShaderEnvironment();
}

/** Environment for SwiftShader from npm, whatever else the machine has. */
export async function swiftShaderEnvironment(): Promise<Record<string, string>> {
  const folder = await unpackOnce('swiftshader.tar.br', 'swiftshader-147');
  const before = process.env.LD_LIBRARY_PATH;
  return {
    LD_LIBRARY_PATH: before ? `${folder}:${before}` : folder,
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
  };
}

/** Environment for Mesa's lavapipe; undefined where the machine has none, or one that Dawn refuses. */
export function lavapipeEnvironment(): Record<string, string> | undefined {
  const files = icdFolders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  const icd = files.find((file) => /\/lvp_icd.*\.json$/.test(file));
  if (icd === undefined) return undefined;
  const environment = { VK_ICD_FILENAMES: icd };
  return dawnFindsAdapter(environment) ? environment : undefined;
}
