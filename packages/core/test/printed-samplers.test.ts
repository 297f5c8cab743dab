import { describe, expect, it } from 'vitest';
import { fillUpClasses } from '../examples/fill-up-classes.ts';
import { createCpuLatentOps } from '../src/latent-ops/cpu-latent-ops.ts';
import { adasynCounts } from '../src/samplers/adasyn.ts';
import { rowsInDanger } from '../src/samplers/borderline-smote.ts';
import { fitResample } from '../src/samplers/fit-resample.ts';
import { mwmoteWeights } from '../src/samplers/mwmote-weights.ts';
import { ramoWeights } from '../src/samplers/ramo.ts';
import { madeUpLatents } from './support/made-up-latents.ts';
import { printedFormula } from './support/printed-formula.ts';

const page = new URL('../../../apps/docs/guide/samplers.md', import.meta.url);
const printed = (before: string, names: readonly string[], renamed?: Readonly<Record<string, string>>) =>
  printedFormula(page, before, names, renamed);

const made = madeUpLatents([40, 12, 30], 7);

describe('the page on samplers prints', () => {
  it('an example that fills up the classes', async () => {
    const notes: string[] = [];
    const { counts, provenance } = await fillUpClasses(made.latents, made.labels, (note) => notes.push(note));
    expect(counts.map(({ originalCount, newCount }) => originalCount + newCount)).toEqual([40, 40, 40]);
    expect(provenance.labels).toHaveLength(38);
    expect(notes.every((note) => note.startsWith('Class '))).toBe(true);
  });

  it('how a row is blended', async () => {
    const blend = printed('A new row is, in each column, ', ['u', 'x', 'y']);
    const ofParents = printed('Each new row is ', ['w0', 'first', 'w1', 'second']);
    const ops = createCpuLatentOps();
    const { latents, provenance } = await fitResample(made.latents, made.labels, { sampler: 'smote' }, { ops });
    const { data, n, d } = made.latents;
    provenance.labels.forEach((_, row) => {
      const [a, b] = provenance.parents.subarray(2 * row, 2 * row + 2);
      const [w0, w1] = provenance.weights.subarray(2 * row, 2 * row + 2);
      for (let j = 0; j < d; j++) {
        const value = latents.data[(n + row) * d + j];
        expect(value).toBe(Math.fround(blend(w1, data[a * d + j], data[b * d + j])));
        expect(value).toBe(Math.fround(ofParents(w0, data[a * d + j], w1, data[b * d + j])));
      }
    });
    const ours = printed('selected by the classifier, blended to ', ['P', 'minor', 'major']);
    const result = await fitResample(
      made.latents,
      made.labels,
      { sampler: 'extrapolation' },
      { ops, classifier: made },
    );
    const { parents, weights } = result.provenance;
    const p = weights[0];
    expect(result.latents.data[n * d]).toBe(Math.fround(ours(p, data[parents[0] * d], data[parents[1] * d])));
  });

  it('which rows are in danger', () => {
    const inDanger = printed('those of which ', ['e', 'm']);
    for (const m of [7, 10]) {
      const rows = Array.from({ length: m + 1 }, (_, e) => e);
      // Row e has e enemies: row 1 is one.
      const indices = Uint32Array.from(rows.flatMap((e) => Array.from({ length: m }, (_, at) => (at < e ? 1 : 0))));
      const found = rowsInDanger({ k: m, indices }, Uint32Array.of(5, 6), 5);
      expect([...found]).toEqual(rows.filter((e) => inDanger(e, m)));
    }
  });

  it('the counts of ADASYN and the ranks of RAMO', () => {
    const count = printed('nearest, gets ', ['g', 'e', 's']);
    const enemies = Uint32Array.of(3, 0, 5, 1, 4);
    expect([...(adasynCounts(enemies, 61) ?? [])]).toEqual([...enemies].map((e) => count(61, e, 13)));
    // Halves to even, which the formula's round does not show.
    expect([...(adasynCounts(Uint32Array.of(1, 3), 10) ?? [])]).toEqual([2, 8]);
    const rank = printed('draws rows in proportion to ', ['alpha', 'e']);
    ramoWeights(enemies, 0.7).forEach((weight, at) => {
      expect(weight).toBeCloseTo(rank(0.7, enemies[at]), 14);
    });
  });

  it('the weights of MWMOTE', () => {
    const closeness = printed('at a distance in _d_ columns is ', ['d', 'distance', 'cut', 'most']);
    const weight = printed('add up to _S_, the weight ', ['C', 'S']);
    const latents = { data: Float32Array.of(0, 0, 3, 4, 0.2, 0), n: 3, d: 2 };
    const options = { k3: 2, closenessCut: 5, closenessMax: 2 };
    const [far, near] = mwmoteWeights(latents, Uint32Array.of(1, 2), Uint32Array.of(0), options);
    const [c1, c2] = [closeness(2, 5, 5, 2), closeness(2, latents.data[4], 5, 2)];
    expect(far).toBeCloseTo(weight(c1, c1 + c2), 14);
    expect(near).toBeCloseTo(weight(c2, c1 + c2), 14);
  });

  it('the parts of Borderline-SMOTE 2, and the share of Algorithm 2', async () => {
    const inward = printed('Borderline-SMOTE 2** makes ', ['F', 'g']);
    expect([inward(0, 30), inward(0.5, 30), inward(0.999, 30)]).toEqual([0, 15, 30]);
    const share = printed('share of its rows: ', ['count', 'own', 'iterations']);
    const heldOut = { logits: made.logits, labels: made.labels };
    const options = { sampler: 'extrapolation', arm: 'algorithm2', samplingStrategy: { 1: 40 } } as const;
    const { counts } = await fitResample(made.latents, made.labels, options, { classifier: { ...made, heldOut } });
    // The only pair is the hardest: all iterations.
    expect(counts[1].newCount).toBe(share(28, 19, 19));
    expect(share(28, 3, 19)).toBe(4);
  });
});
