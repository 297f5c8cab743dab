import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Environment of a way to load Vulkan, and what to call it. */
export interface DriverCandidate {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What was found of Vulkan on the machine. */
export interface VulkanFacts {
  /** Whether the dynamic linker finds a loader, libvulkan.so.1. */
  readonly hasLoader: boolean;
  /** Files that name NVIDIA's driver to the loader. */
  readonly driverFiles: readonly string[];
  /** NVIDIA's driver libraries that can be loaded, with the folder of those that the linker does not find by itself. */
  readonly driverLibraries: readonly { readonly library: string; readonly folder: string | undefined }[];
}

const driverFileFolders = [
  '/usr/share/vulkan/icd.d',
  '/etc/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/usr/local/etc/vulkan/icd.d',
  '/usr/local/nvidia/share/vulkan/icd.d',
  '/opt/nvidia/share/vulkan/icd.d',
];
const linkerFolders = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/usr/lib',
  '/lib',
];
const otherFolders = [
  '/usr/local/nvidia/lib64',
  '/usr/local/nvidia/lib',
  '/usr/lib/nvidia',
  '/usr/lib/x86_64-linux-gnu/nvidia/current',
  '/usr/lib/wsl/lib',
];

/** Looks for the loader and for NVIDIA's driver; `root` is another folder than / in tests. */
export function findVulkan(root = '/'): VulkanFacts {
  const at = (path: string): string => join(root, path);
  const cache = existsSync(at('/etc/ld.so.cache')) ? readFileSync(at('/etc/ld.so.cache')) : Buffer.alloc(0);
  const linked = (library: string): boolean =>
    cache.includes(library) || linkerFolders.some((folder) => existsSync(join(at(folder), library)));
  const driverFiles = driverFileFolders
    .map(at)
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => /nvidia.*\.json$/i.test(path));
  // The second serves machines without X11.
  const driverLibraries: { library: string; folder: string | undefined }[] = [];
  for (const library of ['libGLX_nvidia.so.0', 'libEGL_nvidia.so.0']) {
    const folder = otherFolders.map(at).find((one) => existsSync(join(one, library)));
    if (linked(library)) driverLibraries.push({ library, folder: undefined });
    else if (folder !== undefined) driverLibraries.push({ library, folder });
  }
  return { hasLoader: linked('libvulkan.so.1'), driverFiles, driverLibraries };
}

const searchPath = (...folders: readonly (string | undefined)[]): string =>
  folders.filter((folder) => folder !== undefined && folder !== '').join(':');

/**
 * Ways to reach NVIDIA's driver, the plainest first: its own files with the machine's loader, then with the bundle's,
 * then a driver file of our own, then all of it again with the libraries of X11 that the bundle carries.
 */
export function driverCandidates(
  facts: VulkanFacts,
  bundle: { readonly runtime: string; readonly work: string },
  before: string | undefined,
): DriverCandidate[] {
  const driverFolder = facts.driverLibraries.find(({ folder }) => folder !== undefined)?.folder;
  const files: { name: string; path: string; folder: string | undefined }[] = facts.driverFiles.map((path) => ({
    name: path,
    path,
    folder: driverFolder,
  }));
  for (const { library, folder } of facts.driverLibraries) {
    const path = join(bundle.work, `${library.replace(/\..*/, '')}_icd.json`);
    const libraryPath = folder === undefined ? library : join(folder, library);
    mkdirSync(bundle.work, { recursive: true });
    writeFileSync(
      path,
      JSON.stringify({ file_format_version: '1.0.1', ICD: { library_path: libraryPath, api_version: '1.3.0' } }),
    );
    files.push({ name: `${library}, without a driver file of its own`, path, folder });
  }
  const loaders = [
    ...(facts.hasLoader ? [{ name: "the machine's loader", folder: undefined }] : []),
    { name: "the bundle's loader", folder: join(bundle.runtime, 'vulkan') },
  ];
  const extras = [
    { name: '', folder: undefined },
    { name: ", the bundle's X11", folder: join(bundle.runtime, 'lib', 'driver') },
  ];
  return extras.flatMap((extra) =>
    loaders.flatMap((loader) =>
      files.map((file) => {
        const path = searchPath(before, loader.folder, file.folder, extra.folder);
        return {
          name: `${file.name}, ${loader.name}${extra.name}`,
          environment: { VK_ICD_FILENAMES: file.path, ...(path === '' ? {} : { LD_LIBRARY_PATH: path }) },
        };
      }),
    ),
  );
}

/** SwiftShader, which the bundle carries with a loader of its own. */
export function softwareCandidate(runtime: string, before: string | undefined): DriverCandidate {
  const folder = join(runtime, 'vulkan');
  return {
    name: "the bundle's SwiftShader",
    environment: {
      VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
      LD_LIBRARY_PATH: searchPath(folder, before),
    },
  };
}
