import { beforeAll, describe, expect, it } from 'vitest';
import { makeMatrix } from '../../test/support/cases.ts';
import { testSession } from '../../test/support/device.ts';
import { nearestShapeClass } from '../kernels/nearest/nearest.shape-class.ts';
import { createNearest } from '../kernels/nearest/nearest.ts';
import type { Session } from '../session/session.ts';
import type { TunableCase } from './tunable.ts';
import { tunableCases, tunableHashes, tuneCase } from './tune-kernels.ts';

let session: Session;
beforeAll(async () => {
  session = await testSession();
});

let time = 0;
const clock = () => time;

/** Variants that only let time pass, as much as told. */
function waiting(milliseconds: Readonly<Record<string, number>>, log: string[] = []): TunableCase {
  return {
    kernel: 'waiting',
    shapeClass: 'one',
    what: 'nothing',
    variants: Object.entries(milliseconds).map(([name, ms]) => ({
      name,
      code: `// ${name}`,
      open: async () => ({
        async run() {
          log.push(name);
          time += ms;
        },
        close: () => void log.push(`${name} closed`),
      }),
    })),
  };
}

describe('a case is tuned', () => {
  it('to the variant with the least median', async () => {
    const { variant, medianMs } = await tuneCase(waiting({ own: 12, quick: 5, slow: 16 }), clock);
    expect(variant).toBe('quick');
    expect(medianMs).toEqual({ own: 12, quick: 5, slow: 16 });
  });

  it("to the kernel's own choice where the gain may be noise", async () => {
    expect((await tuneCase(waiting({ own: 100, other: 96 }), clock)).variant).toBe('own');
    expect((await tuneCase(waiting({ own: 100, other: 94 }), clock)).variant).toBe('other');
  });

  it('in turns, without what is far behind, and closes all', async () => {
    const log: string[] = [];
    const { medianMs } = await tuneCase(waiting({ own: 4, other: 4, hopeless: 80 }, log), clock);
    expect(medianMs.hopeless).toBeNull();
    const runs = log.filter((name) => !name.endsWith('closed'));
    expect(runs.filter((name) => name === 'hopeless')).toHaveLength(2);
    // Each round begins with the next variant.
    expect(runs.slice(6, 10)).toEqual(['own', 'other', 'other', 'own']);
    expect(log.filter((name) => name.endsWith('closed'))).toHaveLength(3);
  });

  it('without what was beaten clearly, as soon as it was', async () => {
    const log: string[] = [];
    const { variant, medianMs } = await tuneCase(waiting({ own: 4, near: 5, beaten: 8 }, log), clock);
    expect([variant, medianMs]).toEqual(['own', { own: 4, near: 5, beaten: 8 }]);
    const runs = (name: string) => log.filter((one) => one === name).length;
    // One that compiles, one that tells how far behind it is, and the samples.
    expect(['own', 'near', 'beaten'].map(runs)).toEqual([9, 9, 5]);
  });

  it('in fewer rounds where one takes long', async () => {
    const log: string[] = [];
    await tuneCase(waiting({ own: 250, other: 250 }, log), clock);
    expect(log.filter((one) => one === 'own')).toHaveLength(2 + 4);
    await tuneCase(waiting({ long: 3000 }, log), clock);
    expect(log.filter((one) => one === 'long')).toHaveLength(2 + 3);
  });

  it('and closes what it opened when one fails', async () => {
    const log: string[] = [];
    const one = waiting({ own: 1 }, log);
    const broken = { name: 'broken', code: '', open: () => Promise.reject(new Error('no such variant')) };
    await expect(tuneCase({ ...one, variants: [...one.variants, broken] }, clock)).rejects.toThrow('no such variant');
    expect(log).toEqual(['own', 'own', 'own closed']);
  });

  it('with a hash that changes with the code of any variant', async () => {
    const one = waiting({ own: 1, other: 1 });
    const changed = {
      ...one,
      variants: one.variants.map((variant, at) => (at === 1 ? { ...variant, code: '' } : variant)),
    };
    const hashes = [one, one, changed].map(async (each) => (await tuneCase(each, clock)).wgslHash);
    const [first, again, other] = await Promise.all(hashes);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe('the choice', () => {
  it('is among what the device can run, and each class has one hash', async () => {
    const cases = tunableCases(session);
    for (const { variants } of cases) expect(variants.length).toBeGreaterThan(1);
    const hashes = await tunableHashes(session);
    expect(hashes).toHaveLength(cases.length);
    expect(new Set(hashes.map(({ kernel, shapeClass }) => `${kernel} ${shapeClass}`)).size).toBe(cases.length);
  });

  it('a smallest case is tuned for real, and leaves no buffer', async () => {
    const live = session.pool.stats().liveCount;
    const [one] = tunableCases(session);
    const { variant, medianMs } = await tuneCase(one, () => performance.now());
    expect(one.variants.map(({ name }) => name)).toContain(variant);
    expect(medianMs[variant]).toBeGreaterThan(0);
    expect(session.pool.stats().liveCount).toBe(live);
  });

  it('is asked for by nearest, which gives the same whatever it is', async () => {
    const query = makeMatrix(20, 64, 1);
    const base = makeMatrix(150, 64, 2);
    const input = { query, base, k: 3, metric: 'squared-l2' } as const;
    const expected = await createNearest(session).run(input);
    const asked: string[] = [];
    for (const name of ['plain', 'tiled']) {
      const tuned = await testSession({
        variantChoice(kernel, shapeClass) {
          asked.push(`${kernel}: ${shapeClass}`);
          return name;
        },
      });
      const { indices, keys } = await createNearest(tuned).run(input);
      expect(indices).toEqual(expected.indices);
      expect(keys).toEqual(expected.keys);
    }
    const shapeClass = nearestShapeClass({ n: 20, m: 150, d: 64, k: 3 });
    expect(asked).toEqual([`nearest: ${shapeClass}`, `nearest: ${shapeClass}`]);
    const wrong = await testSession({ variantChoice: () => 'fastest' });
    await expect(createNearest(wrong).run(input)).rejects.toThrow('variant is fastest, expected one of plain');
  });
});
