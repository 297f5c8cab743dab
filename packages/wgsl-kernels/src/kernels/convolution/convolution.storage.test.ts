import { beforeAll, describe, expect, it } from 'vitest';
import { expectWithin } from '../../../test/support/compare.ts';
import {
  convolutionCase,
  convolutionCasesOf,
  makeConvolutionData,
  variants,
} from '../../../test/support/convolution-cases.ts';
import { expectedFilterGradient, expectedOutput } from '../../../test/support/convolution-expected.ts';
import { testSession } from '../../../test/support/device.ts';
import { encodeInHalfArenas, preparedOrRefused, toHalves } from '../../../test/support/halves.ts';
import { halfStorageBound, InvalidOptionError, type Session } from '../../index.ts';
import { createConvolution } from './convolution.ts';
import type { ConvolutionVariant } from './convolution.variants.ts';
import { type ConvolutionShape, convolutionTensorSizes } from './convolution-shape.ts';

// Software Vulkan takes seconds to compile a tile, more beside other tests.
const timeout = 300_000;

let session: Session;
beforeAll(async () => {
  session = await testSession();
});

/** The output with a bias, where the operands in `halves` are f16, and how far it may be from the exact one. */
async function expectForward(variant: ConvolutionVariant, shape: ConvolutionShape, halves: readonly string[]) {
  const storage = Object.fromEntries(halves.map((name) => [name, 'f16' as const]));
  const prepared = await preparedOrRefused(session, () =>
    createConvolution(session, { variant }).prepareForward(shape, { bias: true, storage }),
  );
  if (prepared === undefined) return;
  const { filter, bias, ...data } = makeConvolutionData(shape);
  const input = halves.includes('input') ? toHalves(data.input) : data.input;
  const lengths = { output: convolutionTensorSizes(shape).output };
  const { output } = await encodeInHalfArenas(session, { input, filter, bias }, lengths, halves, prepared.encode);
  const { values, bound } = expectedOutput(shape, input, filter, bias);
  const stored = (at: number) => halfStorageBound(values[at], bound(at));
  expectWithin(output, values, halves.includes('output') ? stored : bound, halves.join());
}

describe.each(variants)('convolution, %s, stored as f16', (variant) => {
  const cases = convolutionCasesOf(variant);

  it.each(cases)('forward: %s', async (_name, shape) => expectForward(variant, shape, ['input', 'output']), timeout);

  it.each([['input'], ['output']])(
    'forward, only the %s',
    async (name) => expectForward(variant, convolutionCase, [name]),
    timeout,
  );

  it.each(cases)(
    'filter gradient: %s',
    async (name, shape) => {
      const prepared = await preparedOrRefused(session, () =>
        createConvolution(session, { variant }).prepareFilterGradient(shape, { storage: { input: 'f16' } }),
      );
      if (prepared === undefined) return;
      const { outputGradient, ...data } = makeConvolutionData(shape);
      const input = toHalves(data.input);
      const { filterGradient } = await encodeInHalfArenas(
        session,
        { input, outputGradient },
        { filterGradient: convolutionTensorSizes(shape).filter },
        ['input'],
        prepared.encode,
      );
      const { values, bound } = expectedFilterGradient(shape, input, outputGradient);
      expectWithin(filterGradient, values, bound, name);
    },
    timeout,
  );

  it(
    'sums stay f32 until they are whole, and beyond 65504 become infinite',
    async () => {
      const shape: ConvolutionShape = {
        batch: 1,
        height: 3,
        width: 3,
        inChannels: 64,
        outChannels: 4,
        size: [3, 3],
        stride: [1, 1],
        padding: [0, 0, 0, 0],
      };
      const storage = { input: 'f16', output: 'f16' } as const;
      const prepared = await preparedOrRefused(session, () =>
        createConvolution(session, { variant }).prepareForward(shape, { bias: false, storage }),
      );
      if (prepared === undefined) return;
      const sizes = convolutionTensorSizes(shape);
      const filter = new Float32Array(sizes.filter);
      const place = (ty: number, tx: number, i: number, o: number) => ((ty * 3 + tx) * 64 + i) * 4 + o;
      // 4097 is no f16: a sum that was one in between would end as 0 or 4.
      filter[place(0, 0, 0, 0)] = 4097;
      filter[place(2, 2, 63, 0)] = -4096;
      filter[place(0, 1, 5, 1)] = 4097;
      filter[place(0, 1, 40, 1)] = -4096;
      filter[place(1, 1, 1, 2)] = 1e5;
      filter[place(1, 1, 1, 3)] = -1e5;
      const input = new Float32Array(sizes.input).fill(1);
      const io = { input, filter };
      const { output } = await encodeInHalfArenas(session, io, { output: 4 }, ['input', 'output'], prepared.encode);
      expect([...output]).toEqual([1, 1, Infinity, -Infinity]);
    },
    timeout,
  );
});

it('convolution: gradients of activations cannot be stored as f16', async () => {
  const wrong = { storage: { outputGradient: 'f16' } };
  const failure = createConvolution(session).prepareFilterGradient(convolutionCase, wrong as object);
  await expect(failure).rejects.toBeInstanceOf(InvalidOptionError);
  await expect(failure).rejects.toThrow('convolution: storage of outputGradient, expected only that of input');
});
