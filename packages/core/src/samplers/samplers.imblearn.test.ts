import { readFileSync } from 'node:fs';
import { CsxError, type Matrix } from '@csx/wgsl-kernels';
import { afterAll, describe, expect, it } from 'vitest';
import { binned, expectDrawnAlike, type Tally, tally } from '../../test/support/chi-square.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { createStream } from '../random/stream.ts';
import { adasynCounts } from './adasyn.ts';
import { averageLinkage, pairAt } from './average-linkage.ts';
import { betaShare, rowsInDanger } from './borderline-smote.ts';
import { classesOf } from './check-resample-input.ts';
import { fitResample } from './fit-resample.ts';
import { distancesTo } from './float64-distances.ts';
import type { Resampled } from './join-rows.ts';
import { countEnemies, findNeighbors } from './neighbors.ts';
import type { ResampleOptionsInput, SamplingStrategy } from './resample-options.ts';
import { resolveSamplingStrategy } from './sampling-strategy.ts';

// What imbalanced-learn 0.10 decides (scripts/samplers-oracle.py): the same without chance, the same distribution with.

type Draws = { pairs: Record<string, number>; steps: number[] };

const oracle = JSON.parse(
  readFileSync(new URL('../../test/fixtures/samplers-oracle.json', import.meta.url), 'utf8'),
) as {
  dimensions: number;
  latents: number[];
  labels: number[];
  strategies: { counts: Record<string, number>; strategy: SamplingStrategy; expected: Record<string, number> | null }[];
  smote: number[][][];
  danger: number[][];
  adasyn: { strategy: SamplingStrategy; rowCounts: number[][]; after: number[] }[];
  draws: {
    label: number;
    count: number;
    stepBins: number;
    random: Record<string, number>;
    smote: Draws;
    borderline1: Draws;
    borderline2Steps: number[];
    shares: number[];
    adasyn: Draws;
  };
  clusters: { rows: number[]; cuts: { threshold: number; clusters: number[] }[] };
};

const labels = Uint32Array.from(oracle.labels);
const latents: Matrix = { data: Float32Array.from(oracle.latents), n: labels.length, d: oracle.dimensions };
const classes = classesOf(labels);
const ops = createCpuLatentOps();
afterAll(() => ops.dispose());

describe('without chance, as imbalanced-learn', () => {
  it.each(oracle.strategies)('resolves $strategy of $counts', ({ counts, strategy, expected }) => {
    const y = Object.entries(counts).flatMap(([label, count]) => new Array<number>(count).fill(Number(label)));
    if (expected === null) {
      expect(() => resolveSamplingStrategy(classesOf(y), strategy)).toThrow(CsxError);
      return;
    }
    const resolved = resolveSamplingStrategy(classesOf(y), strategy);
    for (const { label, originalCount, newCount } of resolved) {
      expect(originalCount).toBe(counts[label]);
      expect(newCount).toBe(expected[label] ?? 0);
    }
    expect(resolved.map(({ label }) => String(label))).toEqual(Object.keys(counts));
  });

  it.each(classes)('finds the neighbors of class $label', async ({ label, rows }) => {
    const { k, indices } = await findNeighbors(latents, rows, rows, 5, ops);
    rows.forEach((_, place) => {
      const found = [...indices.subarray(place * k, (place + 1) * k)].sort();
      expect(found).toEqual([...oracle.smote[label][place]].sort());
    });
  });

  it.each(classes)('finds the rows of class $label in danger', async ({ label, rows }) => {
    const around = await findNeighbors(latents, rows, 'all', 10, ops);
    expect([...rowsInDanger(around, labels, label)].map((place) => rows[place])).toEqual(oracle.danger[label]);
  });

  it.each(oracle.adasyn)('counts the rows that ADASYN makes of each, for $strategy', async (expected) => {
    const treated = resolveSamplingStrategy(classes, expected.strategy).filter(({ newCount }) => newCount > 0);
    expect(treated).toHaveLength(expected.rowCounts.length);
    for (const [at, { label, newCount }] of treated.entries()) {
      const { rows } = classes[label];
      const around = await findNeighbors(latents, rows, 'all', 5, ops);
      expect([...(adasynCounts(countEnemies(around, labels, label), newCount) ?? [])]).toEqual(expected.rowCounts[at]);
    }
    const { counts } = await fitResample(
      latents,
      labels,
      { sampler: 'adasyn', samplingStrategy: expected.strategy },
      { ops },
    );
    expect(counts.map(({ originalCount, newCount }) => originalCount + newCount)).toEqual(expected.after);
  });

  it.each(oracle.clusters.cuts)('clusters by average linkage as SciPy does, up to $threshold', (cut) => {
    const rows = Uint32Array.from(oracle.clusters.rows);
    const n = rows.length;
    const values = new Float64Array((n * (n - 1)) / 2);
    rows.forEach((row, a) => {
      distancesTo(latents, row, rows).forEach((distance, b) => {
        if (a < b) values[pairAt(n, a, b)] = distance;
      });
    });
    const clusters = averageLinkage({ n, values }, cut.threshold);
    const lowestOf = (point: number) => cut.clusters.indexOf(cut.clusters[point]);
    expect([...clusters]).toEqual(cut.clusters.map((_, point) => lowestOf(point)));
  });
});

const { draws } = oracle;
/** Counts of bins, by bin. */
const tallied = (counts: readonly number[]): Tally => Object.fromEntries(counts.entries());
const pairsOf = ({ provenance: { parents, labels: own } }: Resampled) =>
  Array.from(own, (_, row) => [parents[2 * row], parents[2 * row + 1]] as const);
const stepsOf = ({ provenance: { weights, labels: own } }: Resampled) =>
  Array.from(own, (_, row) => weights[2 * row + 1]);

describe('by chance, distributed as imbalanced-learn draws', () => {
  const many = (options: object) =>
    fitResample(
      latents,
      labels,
      {
        seed: 12,
        samplingStrategy: { [draws.label]: classes[draws.label].rows.length + draws.count },
        ...options,
      } as ResampleOptionsInput,
      { ops },
    );
  const named = (pairs: readonly (readonly [number, number])[]) => tally(pairs.map((pair) => pair.join('-')));

  it('random oversampling', async () => {
    expectDrawnAlike(named(pairsOf(await many({ sampler: 'random-oversampling' }))), draws.random);
  });

  it.each([
    ['smote', draws.smote],
    ['borderline-smote-1', draws.borderline1],
  ])('%s', async (sampler, theirs) => {
    const made = await many({ sampler });
    expectDrawnAlike(named(pairsOf(made)), theirs.pairs);
    expectDrawnAlike(binned(stepsOf(made), draws.stepBins), tallied(theirs.steps));
  });

  it('borderline-smote-2: shares, and steps towards other classes', async () => {
    const made = await many({ sampler: 'borderline-smote-2' });
    const outward = stepsOf(made).filter((_, row) => labels[made.provenance.parents[2 * row + 1]] !== draws.label);
    expectDrawnAlike(binned(outward, draws.stepBins), tallied(draws.borderline2Steps));
    const shares = Array.from({ length: 4000 }, (_, at) => betaShare(createStream(at, 'resampling')));
    expectDrawnAlike(binned(shares, draws.stepBins), binned(draws.shares, draws.stepBins));
    // The share of one run, as the text says.
    const inwardCount = draws.count - outward.length;
    expect(inwardCount).toBe(Math.floor(betaShare(createStream(12, 'resampling', draws.label, 3)) * (draws.count + 1)));
  });

  it('adasyn', async () => {
    const made = await many({ sampler: 'adasyn' });
    // Without their direction, which imbalanced-learn does not tell.
    const pairs = pairsOf(made);
    const steps = stepsOf(made);
    expectDrawnAlike(named(pairs.map(([a, b]) => [Math.min(a, b), Math.max(a, b)])), draws.adasyn.pairs);
    const along = pairs.map(([a, b], row) => (a < b ? steps[row] : 1 - steps[row]));
    expectDrawnAlike(binned(along, draws.stepBins), tallied(draws.adasyn.steps));
  });
});
