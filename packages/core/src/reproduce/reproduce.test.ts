import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDataset } from '../data/image-set.ts';
import { loadMiniCifar10 } from '../files/index.ts';
import { MemoryStore } from '../files/memory-store.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { backboneCheckpoint } from '../run/backbone-stage.ts';
import { runConfigSchema } from '../run/config.ts';
import { latentsFile } from '../run/projection-stage.ts';
import { recordFile } from '../run/run-files.ts';
import type { TrainingEngine } from '../training/engine.ts';
import { createOnnxEngine } from '../training/onnx/onnx-engine.ts';
import { collectOutcomes } from './collect-outcomes.ts';
import { executeJobs, type JobEvent } from './execute-jobs.ts';
import { type JobPlan, planJobs, requiredJobs } from './job-plan.ts';
import type { Outcome } from './outcome.ts';
import { classPictures } from './pictures.ts';
import { renderReproduction } from './report/reproduction-report.ts';
import { buildReproduction, reproductionSchema } from './reproduction.ts';
import { experimentNames } from './studies.ts';

const base = runConfigSchema.parse({
  data: { source: 'mini', majorCount: 40, minorCount: 16, heldOutCount: 5, testCount: 6 },
  backbone: { name: 'small', width: 0.125, epochs: 2, batchSize: 32 },
  head: { batchSize: 64 },
  method: { iterations: 2, epochsPerIteration: 1 },
});

let dataset: ImageDataset;
let engine: TrainingEngine;
let plan: JobPlan;
const whole = new MemoryStore();
const titles: string[] = [];

interface Sitting {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: JobEvent) => void;
}

const execute = (cache: MemoryStore, { signal, onEvent = () => undefined }: Sitting = {}, of = plan) => {
  const latentOps = createCpuLatentOps();
  return executeJobs({
    jobs: requiredJobs(of),
    dataset,
    cache,
    latentOps,
    engine,
    environment: {
      runtime: 'test',
      platform: 'test',
      latentOps: latentOps.description,
      adapter: null,
      trainingEngine: engine.name,
      versions: {},
      wgslHashes: {},
    },
    signal,
    peakMemoryBytes: () => 0,
    onEvent,
  });
};

/** Outcomes without times. */
const results = async (cache: MemoryStore) =>
  (await collectOutcomes(plan, cache, dataset.hashes)).map(
    ({ timing: _, backbone: { ms: __, ...backbone }, ...rest }: Outcome) => ({
      ...rest,
      backbone,
    }),
  );

const jobTitles = (into: string[]) => (event: JobEvent) => {
  if (event.kind === 'job') into.push(event.job.title);
};

beforeAll(async () => {
  dataset = await loadMiniCifar10();
  engine = await createOnnxEngine({ threads: 2 });
  plan = await planJobs({ experiments: experimentNames, seeds: [0], base });
  await execute(whole, { onEvent: jobTitles(titles) });
}, 60_000);

describe('all experiments on the sample', () => {
  it('come to an outcome a job, each job done once', async () => {
    expect(titles).toHaveLength(requiredJobs(plan).length);
    expect(await results(whole)).toHaveLength(plan.jobs.filter((job) => job.kind === 'arm' && !job.isOptional).length);
    const again: string[] = [];
    await execute(whole, { onEvent: jobTitles(again) });
    expect(again).toEqual([]);
  });

  it('keep networks, latents and records, and nothing else', async () => {
    const kept = (await whole.list()).map((name) => name.slice(name.indexOf('/') + 1));
    expect(new Set(kept)).toEqual(new Set([backboneCheckpoint, latentsFile, recordFile, 'entry.json']));
  });

  it('give every arm of a seed the same network to start from', async () => {
    const outcomes = await results(whole);
    const controls = outcomes.filter(({ classCounts }) => classCounts[3] === 16).map(({ control }) => control.accuracy);
    expect(controls.length).toBeGreaterThan(20);
    expect(new Set(controls).size).toBe(1);
    expect(outcomes.map(({ classCounts }) => classCounts[3])).toEqual(expect.arrayContaining([16, 8, 5]));
  });

  it('make a page and a record of everything', async () => {
    const outcomes = await collectOutcomes(plan, whole, dataset.hashes);
    const reproduction = buildReproduction(plan, outcomes, dataset, classPictures(dataset, base, 0));
    expect(reproductionSchema.parse(JSON.parse(JSON.stringify(reproduction)))).toEqual(reproduction);
    expect(reproduction.missing).toEqual([]);
    // One seed decides nothing.
    expect(new Set(reproduction.verdicts.map(({ decision }) => decision))).toEqual(new Set(['undecided']));
    const html = renderReproduction(plan, reproduction);
    for (const id of ['verdicts', 'figure-1', 'figure-2', 'figure-3', 'class-specific', 'ablation', 'protocol'])
      expect(html).toContain(`<section id="${id}"`);
    expect(html).not.toMatch(/NaN|undefined|Not computed yet/);
  });

  it('say what is missing where only a part is done', async () => {
    const outcomes = (await collectOutcomes(plan, whole, dataset.hashes)).slice(0, 3);
    const reproduction = buildReproduction(plan, outcomes, dataset, []);
    expect(reproduction.missing).toHaveLength(plan.jobs.filter(({ kind }) => kind === 'arm').length - 4);
    const html = renderReproduction(plan, reproduction);
    expect(html).toContain('Not computed yet');
    expect(html).toContain('are not done yet');
    expect(html).not.toMatch(/NaN|undefined/);
    expect(renderReproduction(plan, buildReproduction(plan, [], dataset, []))).not.toMatch(/NaN|undefined/);
  });
});

it('goes on where it was killed, and ends in the same bits', async () => {
  const cache = new MemoryStore();
  let sittings = 0;
  let isDone = false;
  const done: string[] = [];
  while (!isDone) {
    const stop = new AbortController();
    let steps = 0;
    const onEvent = (event: JobEvent) => {
      jobTitles(done)(event);
      if (event.kind === 'progress' && ++steps > 7 + 60 * sittings) stop.abort(new Error('stopped'));
    };
    try {
      await execute(cache, { signal: stop.signal, onEvent });
      isDone = true;
    } catch (error) {
      expect((error as Error).message).toBe('stopped');
      sittings++;
    }
    expect(sittings).toBeLessThan(20);
  }
  expect(sittings).toBeGreaterThan(1);
  // Only what was under way begins a second time.
  expect(done.length - titles.length).toBeLessThanOrEqual(sittings);
  expect(await results(cache)).toEqual(await results(whole));
}, 60_000);

describe('a cache entry that was cut short', () => {
  const arm = () => plan.jobs.filter(({ kind }) => kind === 'arm')[1].id;

  it.each([
    ['record', () => `${arm()}/${recordFile}`],
    ['seal', () => `${arm()}/entry.json`],
  ])('is made again: its %s', async (_, nameOf) => {
    const before = await results(whole);
    const name = nameOf();
    const bytes = (await whole.read(name)) as Uint8Array;
    await whole.write(name, bytes.subarray(0, bytes.length >> 1));
    expect(await results(whole)).toHaveLength(before.length - 1);
    const notes: string[] = [];
    const again: string[] = [];
    await execute(whole, {
      onEvent: (event) => {
        jobTitles(again)(event);
        if (event.kind === 'note') notes.push(event.message);
      },
    });
    expect(again).toHaveLength(1);
    expect(notes.join()).toContain(`${arm()} is made again`);
    expect(await results(whole)).toEqual(before);
  });

  it('is made again: latents that an arm is to start from', async () => {
    const before = await results(whole);
    const { id } = plan.jobs[0];
    const name = `${id}/${latentsFile}`;
    const bytes = (await whole.read(name)) as Uint8Array;
    await whole.write(name, bytes.subarray(0, bytes.length - 1));
    await whole.remove(`${arm()}/${recordFile}`);
    const again: string[] = [];
    await execute(whole, { onEvent: jobTitles(again) });
    expect(again).toHaveLength(2);
    expect(await results(whole)).toEqual(before);
  });

  it('is made again: a checkpoint of an unfinished one', async () => {
    const before = await results(whole);
    const { id } = plan.jobs[0];
    for (const name of [`${id}/entry.json`, `${arm()}/${recordFile}`]) await whole.remove(name);
    const name = `${id}/${backboneCheckpoint}`;
    const bytes = (await whole.read(name)) as Uint8Array;
    await whole.write(name, bytes.subarray(0, bytes.length >> 1));
    await execute(whole);
    expect(await results(whole)).toEqual(before);
  });

  it('is made again: one of other images', async () => {
    expect(await collectOutcomes(plan, whole, { ...dataset.hashes, 'train.png': 'another' })).toEqual([]);
  });
});

it('refuses options of any job before the first is done', async () => {
  const cache = new MemoryStore();
  const bad = await planJobs({
    experiments: ['fig2'],
    seeds: [0],
    base: { ...base, data: { ...base.data, majorCount: 30, minorCount: 10 } },
  });
  await expect(execute(cache, {}, bad)).rejects.toThrow(/rounds to no new latent/);
  expect(await cache.list()).toEqual([]);
});
