import { expect, it } from 'vitest';
import { dawnFlags } from './script-command.ts';

it.each([
  ['', 'disable-dawn-features=timestamp_quantization'],
  ['backend=vulkan ', 'backend=vulkan disable-dawn-features=timestamp_quantization'],
  [
    'disable-dawn-features=a,b  enable-dawn-features=c disable-dawn-features=timestamp_quantization',
    'enable-dawn-features=c disable-dawn-features=a,b,timestamp_quantization',
  ],
])('%j', (given, expected) => {
  expect(dawnFlags(given)).toBe(expected);
});
