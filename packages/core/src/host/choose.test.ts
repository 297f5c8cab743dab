import { describe, expect, it } from 'vitest';
import { type AdapterSource, type Candidate, chooseAdapter } from './choose.ts';
import type { AdapterRequest, HostAdapter } from './contract.ts';

const adapter = (name: string, isSoftware: boolean, backend: string | null = 'vulkan'): HostAdapter => ({
  name,
  isSoftware,
  backend,
  vendor: name.split('-')[0],
  architecture: '',
  device: name,
  description: '',
  implementation: 'dawn',
  implementationVersion: '0.6.2',
  limits: {},
  features: [],
  subgroupSizes: null,
});

const candidate = (description: HostAdapter): Candidate => ({ description, fresh: async () => null });

function source(adapters: readonly HostAdapter[]): AdapterSource {
  return {
    implementation: 'dawn',
    preferred: async () => (adapters.length === 0 ? null : candidate(adapters[0])),
    all: async () => adapters.map(candidate),
    whyNothing: () => ({ reason: 'no loader', remedy: 'install the loader' }),
  };
}

const swiftshader = adapter('swiftshader', true);
const nvidia = adapter('nvidia-h100', false);
const intel = adapter('intel-arc', false, 'd3d12');
const builtIn: HostAdapter = { ...adapter('built-in', false), implementation: 'wgpu' };

const choose = async (request: AdapterRequest, ...sources: readonly (readonly HostAdapter[])[]) =>
  (await chooseAdapter(request, sources.map(source), 'install a driver')).description.name;

describe('chooseAdapter', () => {
  it.each<[AdapterRequest, string]>([
    [{}, 'swiftshader'],
    [{ kind: 'any' }, 'swiftshader'],
    [{ kind: 'hardware' }, 'nvidia-h100'],
    [{ kind: 'software' }, 'swiftshader'],
    [{ adapter: 'H100' }, 'nvidia-h100'],
    [{ adapter: 'd3d12' }, 'intel-arc'],
    [{ adapter: 'wgpu' }, 'built-in'],
    [{ adapter: 'intel', kind: 'hardware' }, 'intel-arc'],
    [{ adapter: 2 }, 'intel-arc'],
  ])('%j takes %s', async (request, expected) => {
    expect(await choose(request, [swiftshader, nvidia, intel, builtIn])).toBe(expected);
  });

  it('goes on to the next source when the first finds nothing', async () => {
    expect(await choose({}, [], [swiftshader])).toBe('swiftshader');
  });

  it('takes hardware from a later source rather than software from the first', async () => {
    expect(await choose({ kind: 'hardware' }, [swiftshader], [nvidia])).toBe('nvidia-h100');
  });

  it.each<[AdapterRequest, HostAdapter[], string, RegExp, string]>([
    [{}, [], 'ADAPTER_UNAVAILABLE', /no WebGPU adapter found \(no loader\)/, 'install the loader'],
    [{ kind: 'hardware' }, [swiftshader], 'ADAPTER_UNAVAILABLE', /only software.*swiftshader/, 'install a driver'],
    [{ kind: 'software' }, [nvidia], 'ADAPTER_UNAVAILABLE', /only hardware.*nvidia/, 'lavapipe'],
    [{ adapter: 'swift', kind: 'hardware' }, [swiftshader, nvidia], 'ADAPTER_UNAVAILABLE', /only software/, 'driver'],
    [
      { adapter: 'amd' },
      [swiftshader, nvidia],
      'ADAPTER_UNAVAILABLE',
      /"amd".*swiftshader, 1: nvidia/,
      'adapters found',
    ],
    [{ adapter: 2 }, [swiftshader, nvidia], 'ADAPTER_UNAVAILABLE', /number 2 does not exist/, 'adapters found'],
  ])('%j from %j fails with %s', async (request, adapters, code, message, hint) => {
    const failure = choose(request, adapters);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
  });

  it.each<[unknown, RegExp]>([
    [{ kind: 'fast' }, /kind is "fast"/],
    [{ adapter: '' }, /name is empty/],
    [{ adapter: -1 }, /number is -1/],
    [{ adapter: 0.5 }, /number is 0.5/],
    [{ device: 'gpu' }, /unknown option "device"/],
  ])('%j is refused', async (request, message) => {
    const failure = choose(request as AdapterRequest, [swiftshader]);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
