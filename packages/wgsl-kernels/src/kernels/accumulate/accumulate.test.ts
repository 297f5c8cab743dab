import { beforeAll, describe, expect, it } from 'vitest';
import { rowCounts, uniform } from '../../../test/support/cases.ts';
import { testSession } from '../../../test/support/device.ts';
import { InvalidInputError, InvalidOptionError } from '../../errors.ts';
import { accumulateReference } from './accumulate.reference.ts';
import { type Accumulate, accumulateBound, createAccumulate } from './accumulate.ts';
import { ACCUMULATE_WORKGROUP } from './accumulate.wgsl.ts';

let kernel: Accumulate;
beforeAll(async () => {
  kernel = createAccumulate(await testSession());
});

const factors = Float32Array.of(0.3, -1, 0, 1e4);

describe('accumulate', () => {
  it('is the reference within its bound, for every length', async () => {
    for (const n of rowCounts(ACCUMULATE_WORKGROUP).filter((count) => count > 0)) {
      const input = { source: uniform(4 * n, 1), target: uniform(4 * n, 2), factors };
      const expected = accumulateReference(input);
      const actual = await kernel.run(input);
      const beyond = expected.findIndex((value, at) => {
        const term = Math.abs(factors[at % 4] * input.source[at]);
        return !(Math.abs(actual[at] - value) <= accumulateBound(Math.abs(input.target[at]), term));
      });
      expect(beyond).toBe(-1);
    }
  });

  it('keeps what is not finite', async () => {
    const input = {
      source: Float32Array.of(Number.NaN, 1, Number.NEGATIVE_INFINITY, 2),
      target: Float32Array.of(1, Number.NaN, 1, Number.POSITIVE_INFINITY),
      factors,
    };
    expect([...(await kernel.run(input))]).toEqual([...accumulateReference(input)]);
  });

  it('gives the same bits twice', async () => {
    const input = { source: uniform(400, 1), target: uniform(400, 2), factors };
    expect(await kernel.run(input)).toEqual(await kernel.run(input));
  });

  it('refuses what is none', async () => {
    for (const count of [0, 3, 6, 4.5]) await expect(kernel.prepare({ count })).rejects.toThrow(InvalidInputError);
    await expect(kernel.prepare({ count: 4, size: 1 } as { count: number })).rejects.toThrow(InvalidOptionError);
    const input = { source: new Float32Array(4), target: new Float32Array(8), factors };
    await expect(kernel.run(input)).rejects.toThrow(InvalidInputError);
    await expect(kernel.run({ ...input, source: new Float32Array(8), factors: new Float32Array(3) })).rejects.toThrow(
      InvalidInputError,
    );
    await expect(kernel.run({ ...input, source: new Float32Array(8) })).resolves.toHaveLength(8);
  });
});
