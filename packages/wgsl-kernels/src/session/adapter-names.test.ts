import { describe, expect, it } from 'vitest';
import { normalizedAdapterName, type RawAdapterNames, softwareDriverName } from './adapter-names.ts';

const names = (vendor: string, architecture: string, device: string, description: string): RawAdapterNames => ({
  vendor,
  architecture,
  device,
  description,
});

describe('normalizedAdapterName', () => {
  // The names as Dawn, wgpu (Deno) and Chromium give them.
  it.each([
    [names('google', 'swiftshader', 'swiftshader-device-subzero-', 'SwiftShader driver 5.0.0'), 'swiftshader'],
    [names('6880', '', '49374', 'SwiftShader Device (Subzero)'), 'swiftshader'],
    [names('google', 'swiftshader', '', ''), 'swiftshader'],
    [names('65541', '', '0', 'llvmpipe (LLVM 15.0.6, 256 bits)'), 'llvmpipe'],
    [names('mesa', '', 'llvmpipe-llvm-19.1.7-256-bits-', 'llvmpipe: Mesa 25.0.7'), 'llvmpipe'],
    [names('microsoft', '', 'microsoft-basic-render-driver', ''), 'warp'],
    [names('nvidia', 'hopper', 'nvidia-h100-80gb-hbm3', 'NVIDIA: 550.54.14'), 'nvidia-h100-80gb-hbm3'],
    [names('4318', '', '9008', 'NVIDIA H100 80GB HBM3'), 'nvidia-h100-80gb-hbm3'],
    [names('nvidia', 'ampere', '', ''), 'nvidia-ampere'],
    [names('intel', 'gen-12lp', '0x9a49', 'Intel(R) Iris(R) Xe Graphics'), 'intel-iris-xe-graphics'],
    [names('', '', '', ''), 'unnamed'],
  ])('%j is %s', (raw, expected) => {
    expect(normalizedAdapterName(raw)).toBe(expected);
  });

  it('does not take a GPU for a software driver', () => {
    expect(softwareDriverName(names('nvidia', 'hopper', 'nvidia-h100', 'NVIDIA: 550.54.14'))).toBeUndefined();
    expect(softwareDriverName(names('amd', 'rdna-3', '', 'AMD Radeon Warped Edition'))).toBeUndefined();
  });
});
