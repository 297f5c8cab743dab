import { beforeAll, describe, expect, it } from 'vitest';
import { dimensions, matrixKinds, rowCounts } from '../../../test/support/cases.ts';
import { testSession } from '../../../test/support/device.ts';
import { asymmetric, expectReference, makeInput, placements, signed } from '../../../test/support/extrapolate-cases.ts';
import { poisonedBuffer, readPoisoned } from '../../../test/support/poison.ts';
import { type CsxError, InvalidInputError, InvalidOptionError, LimitExceededError, type Session } from '../../index.ts';
import { minorWeightErrorBounds } from './extrapolate.bounds.ts';
import type { ExtrapolateInput, Placement } from './extrapolate.input.ts';
import { extrapolateReference } from './extrapolate.reference.ts';
import { createExtrapolate, type Extrapolate, gpuShape } from './extrapolate.ts';
import type { ExtrapolateShape } from './extrapolate.wgsl.ts';

let session: Session;
let kernel: Extrapolate;
beforeAll(async () => {
  session = await testSession();
  kernel = createExtrapolate(session);
});

describe('extrapolate', () => {
  for (const d of dimensions) {
    for (const pairCount of rowCounts(64)) {
      it(`equals the reference within the derived bounds: ${pairCount} pairs, d = ${d}`, async () => {
        for (const placement of placements) {
          const input = makeInput(pairCount, d, placement);
          expectReference(await kernel.run(input), input, JSON.stringify(placement));
        }
      });
    }
  }

  const shapes: Record<string, (d: number) => ExtrapolateShape> = {
    'as on GPUs': gpuShape,
    'a pair of many lanes': (d) => ({ d, lanes: 8, pairs: 1, rounds: 64, kept: 0 }),
    'several pairs of few lanes': (d) => ({ d, lanes: 2, pairs: 4, rounds: 3, kept: 16 }),
  };
  for (const [name, shapeOf] of Object.entries(shapes)) {
    it(`equals the reference within the derived bounds in every layout: ${name}`, async () => {
      const laidOut = createExtrapolate(session, shapeOf);
      for (const d of [3, 64, 520]) {
        for (const placement of placements) {
          const input = makeInput(131, d, placement);
          const actual = await laidOut.run(input);
          expectReference(actual, input, JSON.stringify(placement));
          expect(await laidOut.run(input)).toEqual(actual);
        }
      }
    });
  }

  it('equals the reference within the derived bounds for latents too wide to be kept', async () => {
    for (const shapeOf of [undefined, gpuShape]) {
      const input = makeInput(3, 9001, asymmetric('centroid'));
      expectReference(await createExtrapolate(session, shapeOf).run(input), input, 'wide');
    }
  });

  for (const kind of matrixKinds) {
    it(`equals the reference within the derived bounds: ${kind.name}`, async () => {
      for (const placement of placements) {
        const input = makeInput(70, 67, placement, kind);
        expectReference(await kernel.run(input), input, JSON.stringify(placement));
      }
    });
  }

  it('has bounds that bite: most pairs are known to 1e-4', () => {
    for (const placement of placements) {
      const input = makeInput(1009, 64, placement);
      const errors = minorWeightErrorBounds(input, extrapolateReference(input).minorWeight);
      expect(errors.filter((error) => error < 1e-4).length).toBeGreaterThan(900);
    }
  });

  it('counts clipped pairs exactly, twice the same', async () => {
    const input: ExtrapolateInput = {
      ...makeInput(1009, 3, asymmetric('density')),
      perPair: {
        minor: new Float32Array(1009).fill(1),
        major: Float32Array.from({ length: 1009 }, (_, pair) => pair % 6),
      },
    };
    const first = await kernel.run(input);
    // Ratios 4 and 5 give -0.1 and -0.3; 3 gives exactly 0.1, up to rounding, hence a lower pMin here.
    const lower = await kernel.run({ ...input, pMin: 0.05 });
    expect(lower.clippedCount).toBe(extrapolateReference({ ...input, pMin: 0.05 }).clippedCount);
    expect(lower.clippedCount).toBe(336);
    expect(await kernel.run(input)).toEqual(first);
  });

  it('gives the same in chunks of pairs as in one piece', async () => {
    const narrow = createExtrapolate(await testSession({ maxBindingBytes: 7 * 2 * 64 * 4 }));
    for (const placement of placements) {
      const input = makeInput(100, 64, placement);
      expect(await narrow.run(input)).toEqual(await kernel.run(input));
    }
    const tooWide = makeInput(1, 1000, placements[0]);
    await expect(narrow.run(tooWide)).rejects.toThrow(LimitExceededError);
    expect((await kernel.run(tooWide)).minorWeight.length).toBe(1);
  });

  it('gathers only the rows of the pairs: others may hold anything', async () => {
    const input = makeInput(3, 4, asymmetric('boundary'));
    const rows = new Float32Array(100 * 4).fill(Number.NaN);
    rows.set(input.latents.data, 95 * 4 - 4);
    const shift = (index: Uint32Array) => index.map((row) => row + 94);
    const far = {
      ...input,
      latents: { data: rows, n: 100, d: 4 },
      minorRows: shift(input.minorRows),
      majorRows: shift(input.majorRows),
    };
    expect(await kernel.run(far)).toEqual(await kernel.run(input));
  });

  it('writes every element and nothing behind', async () => {
    const input = makeInput(131, 67, asymmetric('boundary'));
    const whole = await kernel.run(input);
    const outputs = [poisonedBuffer(session, 131 * 67 * 4, 'latents'), poisonedBuffer(session, 131 * 4, 'weight')];
    const { encode } = await kernel.prepare('boundary', 67);
    const results = await readPoisoned(session, outputs, (step) =>
      encode(step, {
        n: input.latents.n,
        pairCount: 131,
        factor: -0.2,
        pMin: 0.1,
        bias: 0.25,
        latents: step.upload(input.latents.data, 'latents'),
        minorRows: step.upload(input.minorRows, 'minor'),
        majorRows: step.upload(input.majorRows, 'major'),
        blended: outputs[0].buffer,
        minorWeight: outputs[1].buffer,
        clippedCount: step.upload(new Uint32Array(1), 'clipped'),
        guides: [step.upload(signed(67, 3), 'weights')],
      }),
    );
    expect(new Float32Array(results[0])).toEqual(whole.latents.data);
    expect(new Float32Array(results[1])).toEqual(whole.minorWeight);
  });

  it('refuses bad input by name; the control passes', async () => {
    const good = makeInput(2, 3, asymmetric('boundary'));
    const refused = async (change: object, message: RegExp, kind: new (message: string) => CsxError) => {
      const input = { ...good, ...change };
      await expect(kernel.run(input)).rejects.toThrow(message);
      await expect(kernel.run(input)).rejects.toThrow(kind);
      expect(() => extrapolateReference(input)).toThrow(message);
    };
    const { boundary: _b, centroids: _c, perPair: _p, ...bare } = good;
    const without = (placement: Placement) => ({
      boundary: undefined,
      centroids: undefined,
      perPair: undefined,
      placement,
    });
    await refused({ pMin: 1.5 }, /pMin is 1.5, expected 0 to 1/, InvalidOptionError);
    await refused({ pMin: Number.NaN }, /pMin is NaN/, InvalidOptionError);
    await refused({ placement: { kind: 'beyond' } }, /placement is {"kind":"beyond"}/, InvalidOptionError);
    await refused({ placement: asymmetric('angle' as 'density') }, /"reading":"angle"/, InvalidOptionError);
    await refused({ placement: { kind: 'fixed', minorWeight: 2 } }, /minorWeight is 2/, InvalidOptionError);
    await refused({ placement: asymmetric('boundary', Number.NaN) }, /\|gamma \* pMax\| is NaN/, InvalidOptionError);
    await refused({ placement: asymmetric('boundary', 1e-12) }, /\|gamma \* pMax\| is 5e-13/, InvalidOptionError);
    await refused(without(asymmetric('boundary')), /boundary is missing, expected with boundary/, InvalidInputError);
    await refused(without({ kind: 'crossing' }), /boundary is missing, expected with crossing/, InvalidInputError);
    await refused(without(asymmetric('centroid')), /centroids is missing/, InvalidInputError);
    await refused(without(asymmetric('density')), /perPair is missing, expected with density/, InvalidInputError);
    await refused(
      { boundary: { weights: new Float32Array(2), bias: 0 } },
      /boundary.weights has 2 values, expected 3/,
      InvalidInputError,
    );
    await refused(
      { boundary: { weights: new Float32Array(3), bias: Number.NaN } },
      /boundary.bias is NaN/,
      InvalidInputError,
    );
    const perPair = { minor: Float32Array.of(1, -2), major: Float32Array.of(1, 2) };
    await refused(
      { placement: asymmetric('density'), perPair },
      /perPair.minor is -2 at 1, expected 0 to/,
      InvalidInputError,
    );
    await refused({ minorRows: new Uint32Array(3) }, /3 minorRows and 2 majorRows/, InvalidInputError);
    await refused(
      { majorRows: Uint32Array.of(0, 99) },
      /majorRows of pair 1 is 99, expected less than n = 4/,
      InvalidInputError,
    );
    await refused({ latents: { data: new Float32Array(5), n: 4, d: 3 } }, /latents has 5 values/, InvalidInputError);
    await refused(
      { latents: { data: new Float32Array(12).fill(Number.NaN), n: 4, d: 3 } },
      /latent of row 0 is NaN at 0/,
      InvalidInputError,
    );
    expect((await kernel.run(good)).minorWeight.length).toBe(2);
    expect((await kernel.run({ ...bare, placement: { kind: 'fixed', minorWeight: 0.5 } })).clippedCount).toBe(0);
  });

  it('gives every buffer back', async () => {
    const before = session.pool.stats().liveBytes;
    await kernel.run(makeInput(100, 64, asymmetric('centroid')));
    expect(session.pool.stats().liveBytes).toBe(before);
  });
});
