import { afterAll, describe, expect, it } from 'vitest';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { matrixRows } from '../out-of-core/row-source.ts';
import { scanRows } from '../out-of-core/scan-rows.ts';
import { createStream } from '../random/stream.ts';
import { headBias, headKernel } from '../training/graph/model-graph.ts';
import { linearLogits } from '../training/linear-logits.ts';
import { blendInBlocks } from './blend-in-blocks.ts';
import { fitResample } from './fit-resample.ts';
import { planResample } from './plan-resample.ts';
import type { ResampleOptionsInput } from './resample-options.ts';
import { decideRows } from './row-provenance.ts';
import { sampleInBlocks } from './sample-in-blocks.ts';

const ops = createCpuLatentOps();
afterAll(() => ops.dispose());

const classCounts = [300, 60, 200, 1, 30];
const [n, d, classCount] = [591, 9, classCounts.length];
const stream = createStream(3, 'testData');
const labels = Uint32Array.from(classCounts.flatMap((count, label) => new Array<number>(count).fill(label)));
for (let i = n - 1; i > 0; i--) {
  const j = stream.below(i + 1);
  [labels[i], labels[j]] = [labels[j], labels[i]];
}
const data = Float32Array.from({ length: n * d }, (_, at) => stream.normal() + labels[Math.floor(at / d)]);
// Duplicates within a class: more than the neighbors that are looked for.
for (const row of [...labels.keys()].filter((at) => labels[at] === 1).slice(0, 12))
  data.fill(0.5, row * d, (row + 1) * d);
const latents = { data, n, d };
const normals = (length: number) => Float32Array.from({ length }, () => stream.normal());
const head = { weights: { data: normals(d * classCount), n: d, d: classCount }, bias: normals(classCount) };
const logits = linearLogits(
  latents,
  new Map([
    [headKernel, head.weights.data],
    [headBias, head.bias],
  ]),
);

const source = matrixRows(latents, 'latents');

async function inBlocks(options: ResampleOptionsInput, memoryBytes: number, classifier = { head, logits }) {
  const scan = await scanRows(source, labels, classCount);
  const plan = planResample(labels, options);
  const parts = await sampleInBlocks({ source, labels, classCount, plan, scan, classifier }, ops, { memoryBytes });
  const decided = decideRows(plan, parts);
  const rows: number[] = [];
  for await (const values of blendInBlocks(source, decided.provenance, 4000)) rows.push(...values);
  return { ...decided, rows };
}

describe('rows read in blocks give what all rows in memory give', () => {
  it.each<ResampleOptionsInput>([
    { sampler: 'random-oversampling' },
    { sampler: 'smote' },
    { sampler: 'smote', k: 11, samplingStrategy: { 1: 400 } },
    { sampler: 'extrapolation' },
    { sampler: 'extrapolation', arm: 'bottom', samplingStrategy: { 1: 150, 3: 2, 4: 31 } },
    { sampler: 'extrapolation', arm: 'random', selectionShare: 0.5 },
    { sampler: 'extrapolation', arm: 'top', placement: 'crossing', assignment: 'closest' },
    { sampler: 'extrapolation', reading: 'centroid', samplePairs: 'minor-anchored' },
    { sampler: 'extrapolation', reading: 'probability' },
    {
      sampler: 'extrapolation',
      assignment: 'fixed',
      samplingStrategy: { 1: 101, 4: 60 },
      classPairs: [
        { minor: 4, major: 0 },
        { minor: 1, major: 2 },
        { minor: 1, major: 0 },
      ],
    },
  ])('%j', async (options) => {
    const own = { ...options, seed: 5 } as ResampleOptionsInput;
    const whole = await fitResample(latents, labels, own, { ops, classifier: { head, logits } });
    const blocks = await inBlocks(own, 60_000);
    expect(blocks.provenance).toEqual(whole.provenance);
    expect(blocks.counts).toEqual(whole.counts);
    expect(blocks.notes).toEqual(whole.notes);
    expect(Float32Array.from(blocks.rows)).toEqual(whole.latents.data.subarray(n * d));
    expect(blocks.rows.length).toBeGreaterThan(0);
  });

  it('and so does any memory', async () => {
    const little = await inBlocks({ sampler: 'smote' }, 60_000);
    const much = await inBlocks({ sampler: 'smote' }, 6_000_000);
    expect(little).toEqual(much);
  });
});

describe('what is refused', () => {
  it.each<[ResampleOptionsInput, string]>([
    [{ sampler: 'adasyn' }, 'adasyn needs all rows in memory'],
    [{ sampler: 'extrapolation', arm: 'algorithm1' }, 'arm algorithm1 needs all rows in memory'],
    [{ sampler: 'extrapolation', classDistance: 'nearest' }, 'the distance nearest between classes needs'],
    [{ sampler: 'extrapolation', reading: 'density' }, 'the reading density needs all rows in memory'],
    [{ sampler: 'extrapolation', samplingStrategy: { 0: 400, 1: 400, 2: 400, 3: 400, 4: 400 } }, 'none to borrow from'],
    [
      { sampler: 'extrapolation', assignment: 'fixed', classPairs: [{ minor: 1, major: 0 }] },
      'class 2 gets rows, but is in none of classPairs',
    ],
  ])('%j', async (options, message) => {
    await expect(inBlocks(options, 60_000)).rejects.toThrow(message);
  });

  it('an arm that ranks rows without logits', async () => {
    const scan = await scanRows(source, labels, classCount);
    const plan = planResample(labels, { sampler: 'extrapolation' });
    const input = { source, labels, classCount, plan, scan };
    await expect(sampleInBlocks(input, ops, { memoryBytes: 60_000 })).rejects.toThrow('no logits are given');
  });

  it('too little memory for blocks, with the least that is enough', async () => {
    await expect(inBlocks({ sampler: 'smote' }, 1000)).rejects.toThrow('memoryBytes is 1000, expected at least');
  });

  it('rows with NaN or infinity: ten are listed', async () => {
    const bad = { ...latents, data: data.slice() };
    for (let row = 0; row < 12; row++) bad.data[row * 7 * d + 3] = row % 2 ? Number.NaN : Number.POSITIVE_INFINITY;
    await expect(scanRows(matrixRows(bad, 'bad.npz'), labels, classCount)).rejects.toThrow(
      /^bad\.npz: 12 rows hold NaN or infinity: row 0 \(Infinity in column 3\), row 7 \(NaN in column 3\), (row \d+ \(\w+ in column 3\)(, )?){8} and 2 more$/,
    );
    const { means, deviations } = await scanRows(matrixRows(latents, 'good'), labels, classCount);
    const column = Float64Array.from({ length: n }, (_, row) => data[row * d + 2]);
    const mean = column.reduce((sum, value) => sum + value, 0) / n;
    const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
    expect(means[2]).toBeCloseTo(mean, 12);
    expect(deviations[2]).toBeCloseTo(Math.sqrt(variance), 12);
  });
});
