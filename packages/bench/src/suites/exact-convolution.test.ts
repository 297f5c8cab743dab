import {
  convolutionFilterGradientReference,
  convolutionInputGradientReference,
  convolutionReference,
} from '@csx/wgsl-kernels';
import { expect, it } from 'vitest';
import { exactConvolutionTerms } from './exact-convolution.ts';
import { normalValues } from './random-values.ts';

it('is one element of what the references of the kernels give', () => {
  const sizes = { batch: 2, size: 4, inChannels: 3, outChannels: 5 };
  const data = {
    input: normalValues(2 * 16 * 3, 0, 0),
    filter: normalValues(9 * 15, 0, 1),
    outputGradient: normalValues(2 * 16 * 5, 0, 2),
  };
  const shape = { ...sizes, height: 4, width: 4, size: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] } as const;
  const expected = {
    forward: convolutionReference(shape, data.input, data.filter),
    'input gradient': convolutionInputGradientReference(shape, data.outputGradient, data.filter),
    'filter gradient': convolutionFilterGradientReference(shape, data.input, data.outputGradient),
  };
  for (const pass of ['forward', 'input gradient', 'filter gradient'] as const) {
    expected[pass].forEach((value, element) => {
      expect(exactConvolutionTerms(sizes, pass, data, element).sum).toBeCloseTo(value, 12);
    });
  }
});
