import { beforeAll, describe, expect, it } from 'vitest';
import { encodeInArenas } from '../../../test/support/arenas.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import {
  convolutionCase,
  convolutionCasesOf,
  makeConvolutionData,
  variants,
} from '../../../test/support/convolution-cases.ts';
import { expectedFilterGradient, expectedOutput, magnitudes } from '../../../test/support/convolution-expected.ts';
import { testSession } from '../../../test/support/device.ts';
import type { Session } from '../../index.ts';
import { convolutionInputGradientReference } from './convolution.reference.ts';
import { convolutionBound, createConvolution } from './convolution.ts';
import { convolutionTensorSizes } from './convolution-shape.ts';

// Software Vulkan takes seconds to compile a tile, more beside other tests.
const timeout = 300_000;

let session: Session;
beforeAll(async () => {
  session = await testSession();
});

describe.each(variants)('convolution, %s: within the bound of float64, nothing else written', (variant) => {
  const cases = convolutionCasesOf(variant);

  it.each(cases)(
    'forward: %s',
    async (name, shape) => {
      const { input, filter, bias } = makeConvolutionData(shape);
      const { encode } = await createConvolution(session, { variant }).prepareForward(shape, { bias: true });
      const sizes = convolutionTensorSizes(shape);
      const results = await encodeInArenas(session, { input, filter, bias }, { output: sizes.output }, encode);
      const { values, bound } = expectedOutput(shape, input, filter, bias);
      expectWithin(results.output, values, bound, name);
    },
    timeout,
  );

  it.each(cases)(
    'input gradient: %s',
    async (name, shape) => {
      const { outputGradient, filter } = makeConvolutionData(shape);
      const { encode } = await createConvolution(session, { variant }).prepareInputGradient(shape);
      const outputs = { inputGradient: convolutionTensorSizes(shape).input };
      const { inputGradient } = await encodeInArenas(session, { outputGradient, filter }, outputs, encode);
      const magnitude = convolutionInputGradientReference(shape, magnitudes(outputGradient), magnitudes(filter));
      const terms = shape.size[0] * shape.size[1] * shape.outChannels;
      const bound = (at: number) => convolutionBound(terms, magnitude[at]);
      expectWithin(inputGradient, convolutionInputGradientReference(shape, outputGradient, filter), bound, name);
    },
    timeout,
  );

  it.each(cases)(
    'filter gradient: %s',
    async (name, shape) => {
      const { input, outputGradient } = makeConvolutionData(shape);
      const { encode } = await createConvolution(session, { variant }).prepareFilterGradient(shape);
      const outputs = { filterGradient: convolutionTensorSizes(shape).filter };
      const { filterGradient } = await encodeInArenas(session, { input, outputGradient }, outputs, encode);
      const { values, bound } = expectedFilterGradient(shape, input, outputGradient);
      expectWithin(filterGradient, values, bound, name);
    },
    timeout,
  );

  it(
    'run gives what encode gives, and the same bits again',
    async () => {
      const convolution = createConvolution(session, { variant });
      const shape = convolutionCase;
      const data = makeConvolutionData(shape);
      const { input, filter, outputGradient } = data;
      const before = session.pool.stats().liveBytes;
      const withoutBias = await convolution.runForward(shape, { input, filter });
      const withZeros = await convolution.runForward(shape, {
        input,
        filter,
        bias: new Float32Array(shape.outChannels),
      });
      expect(withoutBias.some((value) => value !== 0)).toBe(true);
      expectSameBits(withZeros, withoutBias, 'a bias of zeros');
      for (const run of [
        () => convolution.runForward(shape, data),
        () => convolution.runInputGradient(shape, { outputGradient, filter }),
        () => convolution.runFilterGradient(shape, { input, outputGradient }),
      ]) {
        expectSameBits(await run(), await run(), 'again');
      }
      expect(session.pool.stats().liveBytes).toBe(before);
    },
    timeout,
  );
});
