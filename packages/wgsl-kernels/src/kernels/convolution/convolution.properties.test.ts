import { beforeAll, describe, expect, it } from 'vitest';
import { convolutionCase, makeConvolutionData } from '../../../test/support/convolution-cases.ts';
import { testSession } from '../../../test/support/device.ts';
import { bufferUsage, InvalidInputError, InvalidOptionError, LimitExceededError, type Session } from '../../index.ts';
import { convolutionReference } from './convolution.reference.ts';
import { type Convolution, type ConvolutionOptions, convolutionBound, createConvolution } from './convolution.ts';
import { type ConvolutionShape, convolutionOutSize, convolutionTensorSizes } from './convolution-shape.ts';

const shape = convolutionCase;
const data = makeConvolutionData(shape);
const { input, filter, outputGradient } = data;
const timeout = 300_000;

let session: Session;
let convolution: Convolution;
beforeAll(async () => {
  session = await testSession();
  convolution = createConvolution(session);
});

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, at) => sum + value * b[at], 0);

describe('convolution: properties', () => {
  it(
    'the gradients are adjoint to the convolution: <conv(x), dy> = <x, dx> = <w, dw>',
    async () => {
      // Without signs nothing cancels, so that the bound is far below the sum.
      const [x, w, dy] = [input, filter, outputGradient].map((values) => values.map(Math.abs));
      const output = await convolution.runForward(shape, { input: x, filter: w });
      const inputGradient = await convolution.runInputGradient(shape, { outputGradient: dy, filter: w });
      const filterGradient = await convolution.runFilterGradient(shape, { input: x, outputGradient: dy });
      // All three add the same products x w dy, each within the bound of the longest of their sums.
      const [outHeight, outWidth] = convolutionOutSize(shape);
      const terms = Math.max(shape.batch * outHeight * outWidth, 15 * Math.max(shape.inChannels, shape.outChannels));
      const expected = dot(convolutionReference(shape, x, w), dy);
      const bound = convolutionBound(terms, expected);
      expect(bound).toBeLessThan(1e-4 * expected);
      for (const sum of [dot(output, dy), dot(x, inputGradient), dot(w, filterGradient)]) {
        expect(Math.abs(sum - expected)).toBeLessThanOrEqual(bound);
      }
    },
    timeout,
  );

  it(
    'the gradients are finite differences of the loss <conv(x), dy>',
    async () => {
      const loss = (x: ArrayLike<number>, w: ArrayLike<number>) =>
        dot(convolutionReference(shape, x, w), outputGradient);
      const inputGradient = await convolution.runInputGradient(shape, { outputGradient, filter });
      const filterGradient = await convolution.runFilterGradient(shape, { input, outputGradient });
      // The loss is linear in each, so that a step of any length is exact but for rounding in float64.
      const moved = (values: Float32Array, at: number, by: number) =>
        Float64Array.from(values, (value, index) => (index === at ? value + by : value));
      for (const at of [0, 7, 100, 301]) {
        const byInput = (loss(moved(input, at, 1), filter) - loss(moved(input, at, -1), filter)) / 2;
        expect(Math.abs(inputGradient[at] - byInput)).toBeLessThanOrEqual(convolutionBound(240, 240));
        const byFilter = (loss(input, moved(filter, at, 1)) - loss(input, moved(filter, at, -1))) / 2;
        expect(Math.abs(filterGradient[at] - byFilter)).toBeLessThanOrEqual(convolutionBound(200, 200));
        expect(Math.abs(byInput) + Math.abs(byFilter)).toBeGreaterThan(0);
      }
    },
    timeout,
  );
});

describe('convolution: errors', () => {
  it(
    'control: the same input without a fault runs',
    async () => {
      await expect(convolution.runForward(shape, data)).resolves.toHaveLength(convolutionTensorSizes(shape).output);
    },
    timeout,
  );

  const faults: readonly (readonly [string, Partial<ConvolutionShape>, string])[] = [
    ['no images', { batch: 0 }, 'convolution: batch is 0, expected a whole number >= 1'],
    ['half a channel', { inChannels: 1.5 }, 'inChannels is 1.5'],
    ['a stride of 0', { stride: [1, 0] }, 'stride[1] is 0'],
    ['no taps', { size: [0, 3] }, 'size[0] is 0'],
    ['negative padding', { padding: [0, 0, -1, 0] }, 'padding[2] is -1, expected a whole number >= 0'],
    [
      'a kernel larger than the padded image',
      { size: [14, 3] },
      'a kernel of 14 x 3 does not fit into images of 10 x 9',
    ],
  ];
  it.each(faults)('%s', async (_name, fault, message) => {
    const faulty = { ...shape, ...fault };
    for (const failure of [
      convolution.prepareForward(faulty, { bias: false }),
      convolution.prepareInputGradient(faulty),
      convolution.prepareFilterGradient(faulty),
    ]) {
      await expect(failure).rejects.toBeInstanceOf(InvalidInputError);
      await expect(failure).rejects.toThrow(message);
    }
  });

  it('a tensor of another length', async () => {
    const failure = convolution.runForward(shape, { ...data, filter: filter.subarray(1) });
    await expect(failure).rejects.toBeInstanceOf(InvalidInputError);
    await expect(failure).rejects.toThrow('convolution: filter has 959 values, expected 960 by the shape');
  });

  it(
    'a bias too many or too few',
    async () => {
      const buffer = session.device.createBuffer({ size: 16384, usage: bufferUsage.storage });
      const io = { input: { buffer }, filter: { buffer }, output: { buffer } };
      for (const [bias, given, message] of [
        [true, io, 'convolution: bias is missing, prepared for input, filter, bias, output'],
        [false, { ...io, bias: { buffer } }, 'convolution: bias is given, prepared for input, filter, output'],
      ] as const) {
        const { encode } = await convolution.prepareForward(shape, { bias });
        const failure = session.submit('test', (step) => {
          encode(step, given);
          return [];
        });
        await expect(failure).rejects.toBeInstanceOf(InvalidInputError);
        await expect(failure).rejects.toThrow(message);
      }
      buffer.destroy();
    },
    timeout,
  );

  it.each([
    [{ variant: 'fast' }, 'convolution: variant is fast, expected one of tiled'],
    [{ tile: 64 }, 'convolution: unknown option tile'],
  ])('options %j', (options, message) => {
    expect(() => createConvolution(session, options as ConvolutionOptions)).toThrow(InvalidOptionError);
    expect(() => createConvolution(session, options as ConvolutionOptions)).toThrow(message);
    expect(() => createConvolution(session, { variant: 'tiled' })).not.toThrow();
  });

  it(
    'a tensor beyond one binding',
    async () => {
      const bytes = 4 * Math.max(...Object.values(convolutionTensorSizes(shape)));
      const small = await testSession({ maxBindingBytes: bytes - 4 });
      const failure = createConvolution(small).prepareForward(shape, { bias: true });
      await expect(failure).rejects.toBeInstanceOf(LimitExceededError);
      await expect(failure).rejects.toMatchObject({ hint: 'Split the batch into smaller pieces.' });
      const large = await testSession({ maxBindingBytes: bytes });
      await expect(createConvolution(large).prepareForward(shape, { bias: true })).resolves.toBeDefined();
      small.dispose();
      large.dispose();
    },
    timeout,
  );
});
