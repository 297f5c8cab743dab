import { beforeAll, describe, expect, it } from 'vitest';
import { rowCounts, uniform } from '../../../test/support/cases.ts';
import { testSession } from '../../../test/support/device.ts';
import { poisonedBuffer, readPoisoned } from '../../../test/support/poison.ts';
import { InvalidInputError, InvalidOptionError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import { uniformData } from '../uniform-data.ts';
import { guardedCopyReference } from './guarded-copy.reference.ts';
import { createGuardedCopy, type GuardedCopy } from './guarded-copy.ts';
import { GUARDED_COPY_WORKGROUP } from './guarded-copy.wgsl.ts';

let session: Session;
let kernel: GuardedCopy;
beforeAll(async () => {
  session = await testSession();
  kernel = createGuardedCopy(session);
});

describe('guarded-copy', () => {
  it.each([0, -3.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'with a loss of %d is the reference, for every length',
    async (loss) => {
      for (const n of rowCounts(GUARDED_COPY_WORKGROUP)) {
        const source = uniform(n, 1);
        // What is not a number is moved as it is.
        if (n > 1) source[1] = Number.NaN;
        const input = { source, target: uniform(n, 2), loss };
        expect(await kernel.run(input)).toEqual(guardedCopyReference(input));
      }
    },
  );

  it('looks at its own slot, and writes no more than it copies', async () => {
    const count = GUARDED_COPY_WORKGROUP + 1;
    const { encode } = await kernel.prepare({ count });
    const source = uniform(count, 3);
    const target = poisonedBuffer(session, count * 4, 'target');
    const [copied] = await readPoisoned(session, [target], (step) =>
      encode(step, {
        source: { buffer: step.upload(source, 'source') },
        target: { buffer: target.buffer },
        guard: {
          totals: { buffer: step.upload(Float32Array.of(Number.NaN, 0, 0, 0, 1, 0, 0, 0), 'totals'), size: 32 },
          slot: { buffer: step.uniform(uniformData([1]), 'slot') },
        },
      }),
    );
    expect(new Float32Array(copied)).toEqual(source);
  });

  it('refuses what is none', async () => {
    await expect(kernel.prepare({ count: 1.5 })).rejects.toThrow(InvalidInputError);
    await expect(kernel.prepare({ count: -1 })).rejects.toThrow(InvalidInputError);
    const unknown = { count: 1, size: 1 } as { count: number };
    await expect(kernel.prepare(unknown)).rejects.toThrow(InvalidOptionError);
    const input = { source: new Float32Array(2), target: new Float32Array(3), loss: 0 };
    await expect(kernel.run(input)).rejects.toThrow(InvalidInputError);
    await expect(kernel.run({ ...input, source: new Float32Array(3) })).resolves.toHaveLength(3);
  });
});
