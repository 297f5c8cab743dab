import process from 'node:process';
import { AdapterUnavailableError } from '@csx/wgsl-kernels';
import type { AdapterSource, Candidate, MissingAdapter } from './choose.ts';
import { describeHostAdapter } from './describe.ts';
import { driverHint } from './driver-hint.ts';
import { packageVersion } from './installed-packages.ts';
import { hasVulkanLoader } from './vulkan-loader.ts';

type DawnModule = typeof import('webgpu');

/**
 * Dawn's binding kills the process some time after the object that `create()` returned is collected, even
 * while its devices are in use. So there is one object for each set of flags, for the life of the process.
 */
const instances = new Map<string, GPU>();
let loaded: Promise<DawnModule> | undefined;

/** Dawn's own flags from CSX_DAWN_FLAGS, such as `enable-dawn-features=vulkan_enable_f16_on_nvidia`. */
function environmentFlags(): readonly string[] {
  return (process.env.CSX_DAWN_FLAGS ?? '').split(/\s+/).filter((flag) => flag !== '');
}

function instance(dawn: DawnModule, own: readonly string[]): GPU {
  const flags = [...environmentFlags(), ...own];
  const key = flags.join('\n');
  let gpu = instances.get(key);
  if (gpu === undefined) {
    gpu = dawn.create(flags);
    instances.set(key, gpu);
  }
  return gpu;
}

/** Dawn's own default, and on Windows the other backend that it has. */
function backends(platform: string): readonly string[] {
  if (platform === 'darwin') return ['metal'];
  return platform === 'win32' ? ['d3d12', 'vulkan'] : ['vulkan'];
}

/** Dawn names its adapters only in the error that follows a name that does not exist. */
async function adapterNames(dawn: DawnModule, backend: string): Promise<string[]> {
  const flags = [`backend=${backend}`, 'adapter=no adapter has this name'];
  try {
    await instance(dawn, flags).requestAdapter();
    return [];
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split('\n');
    const names = lines.map((line) => /^ *\* backend: '[^']*', name: '(.*)'\s*$/.exec(line)?.[1]);
    return [...new Set(names.filter((name) => name !== undefined && name !== ''))] as string[];
  }
}

/** Adapters of Dawn, through the npm package `webgpu`. */
export function createDawnSource(): AdapterSource {
  let missing: MissingAdapter = {
    reason: 'Dawn finds no driver that it can use',
    remedy: driverHint(process.platform),
  };

  async function load(): Promise<DawnModule | undefined> {
    if (process.platform === 'linux' && !hasVulkanLoader()) {
      missing = {
        reason: 'the Vulkan loader libvulkan.so.1 is not installed',
        remedy: driverHint('linux'),
      };
      return undefined;
    }
    try {
      loaded ??= import('webgpu');
      return await loaded;
    } catch (error) {
      loaded = undefined;
      const installed = packageVersion('webgpu') !== undefined;
      const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
      missing = {
        reason: installed
          ? `the npm package webgpu does not load: ${message}`
          : 'the npm package webgpu is not installed',
        remedy: installed ? 'Use the CPU path on this platform.' : 'Install it: npm install webgpu.',
      };
      return undefined;
    }
  }

  async function candidate(
    dawn: DawnModule,
    flags: readonly string[],
    backend: string,
    options: GPURequestAdapterOptions = {},
  ): Promise<Candidate | null> {
    const fresh = () => instance(dawn, flags).requestAdapter(options);
    let adapter: GPUAdapter | null;
    try {
      adapter = await fresh();
    } catch (error) {
      throw new AdapterUnavailableError(`adapter: Dawn failed on backend ${backend}: ${String(error)}`, {
        hint: driverHint(process.platform),
        cause: error,
      });
    }
    if (adapter === null) return null;
    const implementationVersion = packageVersion('webgpu') ?? 'unknown';
    return {
      description: describeHostAdapter(adapter, { implementation: 'dawn', implementationVersion, backend }),
      fresh,
    };
  }

  async function preferred(powerPreference?: GPUPowerPreference): Promise<Candidate | null> {
    const dawn = await load();
    if (dawn === undefined) return null;
    return candidate(dawn, [], backends(process.platform)[0], powerPreference === undefined ? {} : { powerPreference });
  }

  return {
    implementation: 'dawn',
    preferred,
    async all() {
      const dawn = await load();
      if (dawn === undefined) return [];
      const found: Candidate[] = [];
      for (const backend of backends(process.platform)) {
        for (const name of await adapterNames(dawn, backend)) {
          const one = await candidate(dawn, [`backend=${backend}`, `adapter=${name}`], backend);
          if (one !== null) found.push(one);
        }
      }
      const first = (await preferred())?.description;
      if (first === undefined) return found;
      const isFirst = ({ description }: Candidate) =>
        description.name === first.name && description.backend === first.backend;
      return [...found.filter(isFirst), ...found.filter((one) => !isFirst(one))];
    },
    whyNothing: () => missing,
  };
}
