import { expect, it } from 'vitest';
import { uniform } from '../../../test/support/cases.ts';
import { expectSameBits, expectWithin } from '../../../test/support/compare.ts';
import { testDevice, testSession } from '../../../test/support/device.ts';
import { createSession, InvalidOptionError } from '../../index.ts';
import { filterBlock, imageBlock } from './convolution.broadcast-blocks.ts';
import { slotCount } from './convolution.broadcast-image.wgsl.ts';
import {
  convolutionFilterGradientReference,
  convolutionInputGradientReference,
  convolutionReference,
} from './convolution.reference.ts';
import { convolutionBound, createConvolution } from './convolution.ts';
import { type ConvolutionShape, convolutionOutSize, convolutionTensorSizes } from './convolution-shape.ts';

type Sizes = readonly [number, number, number, number, number];

const shape = (
  [batch, height, width, inChannels, outChannels]: Sizes,
  size: readonly [number, number],
  stride: readonly [number, number],
  padding: readonly [number, number, number, number],
): ConvolutionShape => ({ batch, height, width, inChannels, outChannels, size, stride, padding });

// What the shared table does not reach: each way through the generated code, with tails of rows, slots and columns.
it.each([
  ['sliding rows of one column', shape([2, 9, 1, 8, 8], [3, 3], [1, 1], [1, 1, 1, 1])],
  [
    'results that begin after the row does, and one column of them',
    shape([2, 9, 1, 8, 8], [3, 3], [1, 1], [0, 0, 0, 2]),
  ],
  ['padding on one side', shape([2, 6, 5, 8, 12], [3, 3], [1, 1], [2, 2, 0, 0])],
  ['four taps across and merged rows in more than one pass', shape([3, 7, 6, 24, 40], [3, 4], [1, 1], [1, 1, 1, 2])],
  ['five taps across, two steps down', shape([2, 6, 5, 8, 12], [5, 5], [2, 1], [1, 2, 2, 1])],
  ['a part of the batch that is smaller than the others', shape([5, 16, 16, 4, 4], [3, 3], [1, 1], [1, 1, 1, 1])],
  ['more taps than slide', shape([1, 9, 9, 3, 5], [7, 7], [2, 2], [2, 2, 3, 3])],
  ['padding larger than the taps', shape([1, 4, 4, 4, 4], [2, 2], [1, 1], [3, 3, 3, 3])],
])('convolution, broadcast: %s', async (name, size) => {
  const session = await testSession();
  const convolution = createConvolution(session, { variant: 'broadcast' });
  const sizes = convolutionTensorSizes(size);
  const values = (count: number, seed: number) => uniform(count, seed).map((value) => 2 * value - 1);
  const [input, filter, bias, dy] = [sizes.input, sizes.filter, sizes.bias, sizes.outputGradient].map(values);
  const [x, w, b, d] = [input, filter, bias, dy].map((each) => each.map(Math.abs));
  const taps = size.size[0] * size.size[1];
  const [outHeight, outWidth] = convolutionOutSize(size);
  const near = (actual: Float32Array, expected: Float64Array, magnitude: Float64Array, terms: number, what: string) =>
    expectWithin(actual, expected, (at) => convolutionBound(terms, magnitude[at]), `${what}, ${name}`);

  const output = await convolution.runForward(size, { input, filter, bias });
  const forwardTerms = taps * size.inChannels + 1;
  near(
    output,
    convolutionReference(size, input, filter, bias),
    convolutionReference(size, x, w, b),
    forwardTerms,
    'output',
  );
  near(
    await convolution.runInputGradient(size, { outputGradient: dy, filter }),
    convolutionInputGradientReference(size, dy, filter),
    convolutionInputGradientReference(size, d, w),
    taps * size.outChannels,
    'input gradient',
  );
  near(
    await convolution.runFilterGradient(size, { input, outputGradient: dy }),
    convolutionFilterGradientReference(size, input, dy),
    convolutionFilterGradientReference(size, x, d),
    size.batch * outHeight * outWidth,
    'filter gradient',
  );
  expectSameBits(await convolution.runForward(size, { input, filter, bias }), output, name);
});

it('convolution, broadcast: blocks hold what they may and no tail that another block avoids', () => {
  const image = { size: [3, 3], sliding: { right: 1 }, mergeable: true, bias: false } as const;
  const wide = imageBlock({ ...image, lanes: 8, sourceChannels: 64, resultChannels: 64 });
  expect(wide).toMatchObject({ slotWidth: 4, columnWidth: 4, mergedRows: false, guarded: false });
  expect(wide.taps * wide.columnWidth * slotCount(wide)).toBe(384);
  // 3 rows of 16 channels in one pass; 3 rows of 3 channels in 9 of 16 slots.
  expect(imageBlock({ ...image, lanes: 8, sourceChannels: 16, resultChannels: 16 })).toMatchObject({ onePass: true });
  const first = imageBlock({ ...image, lanes: 8, sourceChannels: 3, resultChannels: 16 });
  expect(first).toMatchObject({ slotWidth: 1, slotLoads: 2, mergedRows: true, onePass: true });
  for (const lanes of [4, 8]) {
    const block = filterBlock({ lanes, taps: 3, inWidth: 32, inChannels: 64, outChannels: 64 });
    expect(lanes * block.slotWidth * block.taps * block.columnWidth * block.pixels).toBeLessThanOrEqual(
      12 * lanes ** 2,
    );
  }
});

it('convolution, broadcast: refused where the device has no subgroups', async () => {
  const { adapter } = await testDevice();
  expect(adapter.features, 'the adapter has them').toContain('subgroups');
  const { create } = await import('webgpu');
  const gpu = create([]);
  const device = await (await gpu.requestAdapter())?.requestDevice();
  if (device === undefined) throw new Error('no adapter');
  const session = createSession(device);
  expect(() => createConvolution(session, { variant: 'broadcast' })).toThrow(InvalidOptionError);
  expect(() => createConvolution(session, { variant: 'broadcast' })).toThrow('needs subgroups of 4 or 8 lanes');
  const one = new Float32Array([3]);
  const point = shape([1, 1, 1, 1, 1], [1, 1], [1, 1], [0, 0, 0, 0]);
  // Control: the variant that is chosen there.
  await expect(createConvolution(session).runForward(point, { input: one, filter: one })).resolves.toEqual(
    new Float32Array([9]),
  );
  session.dispose();
  device.destroy();
  expect(gpu).toBeDefined();
});
