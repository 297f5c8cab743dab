import type { HostAdapter } from '@csx/core/host';
import { expect, it } from 'vitest';
import { renderAdapters } from './adapters.ts';

const adapter: HostAdapter = {
  name: 'lavapipe',
  isSoftware: true,
  vendor: 'mesa',
  architecture: '',
  device: 'llvmpipe',
  description: '',
  limits: {},
  features: ['shader-f16', 'subgroups', 'texture-compression-bc'],
  subgroupSizes: [8, 8],
  implementation: 'dawn',
  implementationVersion: '1',
  backend: 'vulkan',
};

it('names adapters as --adapter takes them, with what they are and what kernels use', () => {
  const other = { ...adapter, name: 'nvidia-h100', isSoftware: false, device: '', features: [], backend: null };
  expect(renderAdapters([adapter, other])).toBe(
    'lavapipe     llvmpipe (software: computes on the CPU) through dawn, vulkan: subgroups (8 to 8), shader-f16\n' +
      'nvidia-h100  nvidia-h100 through dawn: no optional features\n',
  );
  expect(renderAdapters([])).toBe('no adapter was found\n');
});
