import { InvalidInputError, InvalidOptionError, NumericError } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { madeUpLatents, rowOf } from '../../test/support/made-up-latents.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { type ArmName, armNames } from '../run/config.ts';
import { placementFlop, rankingFlop } from './cost.ts';
import { type RoundInput, type RoundResult, roundNeedsLogits, runRound } from './extrapolation-round.ts';
import { prepareLatents } from './prepare-latents.ts';
import { planArm } from './schedule.ts';

const ops = createCpuLatentOps();
const schedule = {
  iterations: 5,
  tau: 0.7,
  separable: 'random',
  overlapped: 'asymmetric',
  algorithm2: 'relative',
} as const;
const options = {
  selectionShare: 0.3,
  newShare: 0.1,
  placement: 'middle',
  reading: 'boundary',
  gamma: -0.4,
  pMax: 0.5,
  pMin: 0.1,
} as const;
const counts = [30, 20, 30, 10, 30];
const pairs = [
  { minor: 1, major: 0, accuracy: 0.6 },
  { minor: 3, major: 4, accuracy: 0.9 },
];
type World = {
  arm?: ArmName;
  iteration?: number;
  seed?: number;
  data?: number;
  anchor?: 'major-anchored' | 'minor-anchored';
} & Partial<RoundInput['options']>;

async function inputOf({
  arm = 'asymmetric',
  iteration = 0,
  seed = 1,
  data = 1,
  anchor = 'major-anchored',
  ...over
}: World): Promise<RoundInput> {
  const { latents, labels, classCount, head, logits } = madeUpLatents(counts, 6, data);
  const used = { ...options, ...over };
  const classPairs = pairs.map(({ minor, major }) => ({ minor, major }));
  const prepared = await prepareLatents(
    { latents, labels, classCount, classPairs, anchor, reading: used.reading },
    ops,
  );
  return { plan: planArm(arm, pairs, schedule), iteration, seed, prepared, head, logits, options: used };
}
const round = async (world: World): Promise<RoundResult> => runRound(await inputOf(world), ops);

const arbitraryWorld = fc.record({
  arm: fc.constantFrom(...armNames),
  iteration: fc.nat(5),
  seed: fc.nat(0xffffffff),
  data: fc.nat(50),
  anchor: fc.constantFrom('major-anchored' as const, 'minor-anchored' as const),
  selectionShare: fc.double({ min: 0.05, max: 1, noNaN: true }),
  newShare: fc.double({ min: 0.06, max: 3, noNaN: true }),
  placement: fc.constantFrom('middle' as const, 'crossing' as const),
  reading: fc.constantFrom('boundary' as const, 'centroid' as const, 'probability' as const, 'density' as const),
  gamma: fc.double({ min: -10, max: 10, noNaN: true }).map((x) => (Math.abs(x) < 1e-3 ? 0 : x)),
  pMax: fc.double({ min: 0.01, max: 10, noNaN: true }),
  pMin: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('runRound', () => {
  it('keeps its promises under any options', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryWorld, async (world) => {
        const input = await inputOf(world);
        const { synthetic, clippedCount, pairs: reports } = await runRound(input, ops);
        const { latents, labels, minorRows, majorRows, minorWeights, pairIndices, iterations } = synthetic;
        const { prepared, plan } = input;

        let expected = 0;
        reports.forEach((report, p) => {
          const active = plan.pairs[p].action !== 'none' && world.iteration < plan.pairs[p].iterations;
          expect(report.action).toBe(active ? plan.pairs[p].action : 'none');
          if (!active) return expect(report.syntheticCount).toBe(0);
          const { minor, major } = plan.pairs[p].pair;
          expect(report.selectedCount).toBe(Math.round(world.selectionShare * counts[major]));
          // Major rows anchor, one pair each: the selection always leaves as many pairs.
          if (world.anchor === 'major-anchored') expect(report.remainingCount).toBe(report.selectedCount);
          expect(report.syntheticCount).toBe(
            report.remainingCount === 0 ? 0 : Math.round(world.newShare * counts[minor]),
          );
          expected += report.syntheticCount;
        });

        expect(latents.n).toBe(expected);
        expect(latents.data).toHaveLength(expected * 6);
        for (const column of [labels, minorRows, majorRows, minorWeights, pairIndices, iterations])
          expect(column).toHaveLength(expected);
        expect(clippedCount).toBe(reports.reduce((sum, report) => sum + report.clippedCount, 0));
        for (let i = 0; i < expected; i++) {
          const { minor, major } = pairs[pairIndices[i]];
          expect(labels[i]).toBe(minor);
          expect(iterations[i]).toBe(world.iteration);
          // Parents are real rows of the two classes, never synthetic ones, and were paired before.
          expect(prepared.classRows[minor]).toContain(minorRows[i]);
          expect(prepared.classRows[major]).toContain(majorRows[i]);
          const known = prepared.samplePairs[pairIndices[i]];
          expect(
            [...known.minorRows].some((row, k) => row === minorRows[i] && known.majorRows[k] === majorRows[i]),
          ).toBe(true);
          const p = minorWeights[i];
          expect(p).toBeGreaterThanOrEqual(Math.fround(world.pMin));
          expect(p).toBeLessThanOrEqual(1);
          const [a, b] = [rowOf(prepared.latents, minorRows[i]), rowOf(prepared.latents, majorRows[i])];
          const wrong = rowOf(latents, i).filter((value, k) => {
            // P and the blend are rounded to f32 once each.
            const bound = 2 ** -24 * (Math.abs(a[k] - b[k]) + Math.abs(p * a[k]) + Math.abs((1 - p) * b[k])) * 1.01;
            return !(Math.abs(value - (p * a[k] + (1 - p) * b[k])) <= bound + 2 ** -149);
          });
          expect(wrong).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('repeats itself, and depends on the seed and the iteration', async () => {
    for (const arm of armNames) expect(await round({ arm })).toEqual(await round({ arm }));
    const parents = async (world: World) => [...(await round({ arm: 'random', ...world })).synthetic.majorRows].join();
    expect(await parents({ seed: 2 })).not.toBe(await parents({}));
    expect(await parents({ iteration: 1 })).not.toBe(await parents({}));
  });

  it('draws the same for arms that draw from the same pairs', async () => {
    const [bottom, asymmetric] = [await round({ arm: 'bottom' }), await round({ arm: 'asymmetric' })];
    expect(asymmetric.synthetic.minorRows).toEqual(bottom.synthetic.minorRows);
    expect(asymmetric.synthetic.majorRows).toEqual(bottom.synthetic.majorRows);
    // A pair gets from Algorithm 1 exactly what the arm that it chooses would give.
    const [random, first] = [await round({ arm: 'random' }), await round({ arm: 'algorithm1' })];
    const ofPair = ({ synthetic }: RoundResult, p: number) =>
      [...synthetic.pairIndices.keys()]
        .filter((i) => synthetic.pairIndices[i] === p)
        .map((i) => [synthetic.minorRows[i], synthetic.majorRows[i], synthetic.minorWeights[i]]);
    expect(ofPair(first, 0)).toEqual(ofPair(asymmetric, 0));
    expect(ofPair(first, 1)).toEqual(ofPair(random, 1));
  });

  it('selects the least sure majors for bottom and the surest for top', async () => {
    const input = await inputOf({ arm: 'bottom', selectionShare: 0.5, newShare: 3 });
    const all = (result: RoundResult) => new Set(result.synthetic.majorRows);
    const bottom = all(await runRound(input, ops));
    const top = all(await runRound({ ...input, plan: planArm('top', pairs, schedule) }, ops));
    // Halves of the 30 majors of each pair, each pair used at least once: together all, none twice.
    expect(bottom.size + top.size).toBe(60);
    expect([...bottom].some((row) => top.has(row))).toBe(false);
    const { logits } = input;
    const margin = (row: number, own: number) => {
      const { logOdds } = { logOdds: rowOf(logits as NonNullable<typeof logits>, row) };
      const others = logOdds.filter((_, k) => k !== own);
      return logOdds[own] - Math.log(others.reduce((sum, x) => sum + Math.exp(x), 0));
    };
    for (const { major } of pairs) {
      const own = (rows: Set<number>) =>
        [...rows].filter((row) => input.prepared.classRows[major].includes(row)).map((row) => margin(row, major));
      expect(Math.max(...own(bottom))).toBeLessThanOrEqual(Math.min(...own(top)));
    }
  });

  it('counts its cost by the printed formulas, and random ranks nothing', async () => {
    const made = { 1: 2, 3: 1 };
    const ranking = 2 * rankingFlop(30, 6, 5);
    expect((await round({ arm: 'random' })).cost).toEqual({
      rankingFlop: 0,
      placementFlop: placementFlop('fixed', made[1], 6, 5) + placementFlop('fixed', made[3], 6, 5),
    });
    expect((await round({ arm: 'top' })).cost.rankingFlop).toBe(ranking);
    for (const reading of ['boundary', 'centroid', 'probability', 'density'] as const)
      expect((await round({ arm: 'asymmetric', reading })).cost).toEqual({
        rankingFlop: ranking,
        placementFlop: placementFlop(reading, made[1], 6, 5) + placementFlop(reading, made[3], 6, 5),
      });
    expect((await round({ arm: 'none' })).cost).toEqual({ rankingFlop: 0, placementFlop: 0 });
  });

  it('takes the first rows where all scores are equal', async () => {
    const input = await inputOf({ arm: 'bottom', newShare: 3 });
    const logits = { data: new Float32Array(120 * 5), n: 120, d: 5 };
    const { synthetic } = await runRound({ ...input, logits }, ops);
    const expected = pairs.flatMap(({ major }) => [...input.prepared.classRows[major].subarray(0, 9)]);
    expect([...new Set(synthetic.majorRows)].sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
  });

  it('works from duplicates alone: every new latent is the one there is', async () => {
    const given = await inputOf({ arm: 'asymmetric' });
    const data = new Float32Array(120 * 6).fill(2);
    for (const reading of ['boundary', 'centroid', 'probability', 'density'] as const) {
      const labels = madeUpLatents(counts, 6).labels;
      const { classPairs } = given.prepared;
      const prepared = await prepareLatents(
        { latents: { data, n: 120, d: 6 }, labels, classCount: 5, classPairs, anchor: 'major-anchored', reading },
        ops,
      );
      const { synthetic } = await runRound({ ...given, prepared, options: { ...options, reading } }, ops);
      expect(new Set(synthetic.latents.data)).toEqual(new Set([2]));
      expect(synthetic.minorWeights.every((p) => p >= Math.fround(0.1) && p <= 1)).toBe(true);
    }
  });

  it('serves a minor class of one row, and 2 to 100 classes', async () => {
    for (const c of [2, 3, 10, 100]) {
      const classCounts = Array.from({ length: c }, (_, k) => (k % 2 === 0 ? 8 : 1));
      const { latents, labels, classCount, head, logits } = madeUpLatents(classCounts, 3);
      const classPairs = classCounts.flatMap((count, k) => (count === 1 ? [{ minor: k, major: k - 1 }] : []));
      const prepared = await prepareLatents(
        { latents, labels, classCount, classPairs, anchor: 'major-anchored', reading: 'boundary' },
        ops,
      );
      const plan = planArm(
        'asymmetric',
        classPairs.map((pair) => ({ ...pair, accuracy: 0.5 })),
        schedule,
      );
      const { synthetic } = await runRound(
        { plan, iteration: 0, seed: 1, prepared, head, logits, options: { ...options, newShare: 2 } },
        ops,
      );
      expect(synthetic.latents.n).toBe(2 * classPairs.length);
      expect([...synthetic.labels]).toEqual(classPairs.flatMap(({ minor }) => [minor, minor]));
    }
  });

  it('makes nothing of a minor-anchored pair whose majors are not selected, and says so', async () => {
    // The minor at 0 has its nearest major at 1, which is the surest: bottom never selects it.
    const latents = { data: Float32Array.of(0, 1, 5, 6, 7), n: 5, d: 1 };
    const classPairs = [{ minor: 0, major: 1 }];
    const prepared = await prepareLatents(
      {
        latents,
        labels: Uint32Array.of(0, 1, 1, 1, 1),
        classCount: 2,
        classPairs,
        anchor: 'minor-anchored',
        reading: 'boundary',
      },
      ops,
    );
    const logits = { data: Float32Array.of(0, 0, 0, 9, 0, 1, 0, 1, 0, 1), n: 5, d: 2 };
    const head = { weights: { data: Float32Array.of(-1, 1), n: 1, d: 2 }, bias: new Float32Array(2) };
    const plan = planArm('bottom', [{ minor: 0, major: 1, accuracy: 0.5 }], schedule);
    const {
      pairs: [report],
      synthetic,
    } = await runRound(
      { plan, iteration: 0, seed: 1, prepared, head, logits, options: { ...options, newShare: 1 } },
      ops,
    );
    expect(report).toMatchObject({ selectedCount: 1, remainingCount: 0, syntheticCount: 0, meanMinorWeight: 0 });
    expect(synthetic.latents.n).toBe(0);
  });

  it('needs logits for arms that rank, while they are active', async () => {
    for (const arm of ['top', 'bottom', 'asymmetric', 'algorithm1', 'algorithm2'] as const)
      expect(roundNeedsLogits(planArm(arm, pairs, schedule), 0)).toBe(true);
    for (const arm of ['none', 'random'] as const) {
      expect(roundNeedsLogits(planArm(arm, pairs, schedule), 0)).toBe(false);
      const { logits: _, ...without } = await inputOf({ arm });
      expect((await runRound(without, ops)).pairs).toHaveLength(2);
    }
    expect(roundNeedsLogits(planArm('top', pairs, schedule), 5)).toBe(false);
    const { logits: _, ...without } = await inputOf({ arm: 'top' });
    await expect(runRound(without, ops)).rejects.toThrow(/no logits are given/);
  });

  it('refuses what does not fit', async () => {
    const input = await inputOf({});
    const bad = async (over: Partial<RoundInput>) => runRound({ ...input, ...over }, ops);
    const { head, logits } = input;
    if (!logits) throw new Error('made with logits');
    await expect(bad({ plan: planArm('top', pairs.slice(1), schedule) })).rejects.toThrow(
      /the plan is for 3-4, the latents were prepared for 1-0, 3-4/,
    );
    await expect(bad({ iteration: -1 })).rejects.toThrow(InvalidInputError);
    await expect(bad({ seed: 0.5 })).rejects.toThrow(InvalidOptionError);
    await expect(bad({ head: { ...head, bias: new Float32Array(4) } })).rejects.toThrow(InvalidInputError);
    await expect(bad({ head: { ...head, bias: head.bias.with(2, Number.NaN) } })).rejects.toThrow(NumericError);
    await expect(
      bad({
        head: { ...head, weights: { ...head.weights, data: head.weights.data.with(3, Number.POSITIVE_INFINITY) } },
      }),
    ).rejects.toThrow(NumericError);
    await expect(bad({ logits: { ...logits, n: 119, data: logits.data.slice(5) } })).rejects.toThrow(InvalidInputError);
    await expect(bad({ logits: { ...logits, data: logits.data.with(9, Number.NaN) } })).rejects.toThrow(NumericError);
    await expect(bad({ options: { ...options, selectionShare: 0.01 } })).rejects.toThrow(/rounds to none/);
    await expect(bad({ options: { ...options, newShare: 0.01 } })).rejects.toThrow(/rounds to no new latent/);
  });
});

describe('prepareLatents', () => {
  it('computes what the reading needs, and no more', async () => {
    const { prepared: boundary } = await inputOf({ reading: 'boundary' });
    expect(boundary).not.toHaveProperty('classMeans');
    expect(boundary).not.toHaveProperty('density');
    const { prepared: centroid } = await inputOf({ reading: 'centroid' });
    expect(centroid.classMeans).toMatchObject({ n: 5, d: 6 });
    const { prepared: density } = await inputOf({ reading: 'density' });
    // Class 2 is in no pair.
    density.density?.forEach((value, row) => {
      expect(value > 0).toBe(!density.classRows[2].includes(row));
    });
  });

  it('refuses latents that are not finite, naming the place, and classes without rows', async () => {
    const { latents, labels, classCount } = madeUpLatents([5, 2], 3);
    const given = {
      latents,
      labels,
      classCount,
      classPairs: [{ minor: 1, major: 0 }],
      anchor: 'major-anchored',
      reading: 'boundary',
    } as const;
    expect((await prepareLatents(given, ops)).samplePairs[0].majorRows).toHaveLength(5);
    const nan = { ...latents, data: latents.data.with(4, Number.NaN) };
    await expect(prepareLatents({ ...given, latents: nan }, ops)).rejects.toThrow(/NaN in row 1, column 1/);
    await expect(prepareLatents({ ...given, labels: labels.fill(0) }, ops)).rejects.toThrow(InvalidInputError);
  });
});
