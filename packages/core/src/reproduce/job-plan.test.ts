import { describe, expect, it } from 'vitest';
import { type ArmName, type RunConfig, runConfigSchema } from '../run/config.ts';
import { presets } from '../run/presets.ts';
import { canonicalArmConfig, hashedConfig } from './canonical-config.ts';
import { type ArmJob, canonicalJson, type JobPlan, planJobs, requiredJobs } from './job-plan.ts';
import { type ExperimentName, experimentNames, studiesOf } from './studies.ts';

const base = runConfigSchema.parse(presets.paper);
const planOf = (experiments: readonly ExperimentName[], given: Partial<{ seeds: number[]; base: RunConfig }> = {}) =>
  planJobs({ experiments, seeds: [0, 1], base, ...given });
const armsOf = ({ jobs }: JobPlan) => jobs.filter((job): job is ArmJob => job.kind === 'arm');
const backbonesOf = (plan: JobPlan) => plan.jobs.filter(({ kind }) => kind === 'backbone').map(({ id }) => id);
const jobOf = (plan: JobPlan, key: string, seed = 0) => plan.studies.find((study) => study.key === key)?.jobs[seed];

describe('the plan of all experiments', async () => {
  const plan = await planOf(experimentNames);

  it('has no job and no configuration twice', () => {
    expect(new Set(plan.jobs.map(({ id }) => id)).size).toBe(plan.jobs.length);
    expect(new Set(plan.jobs.map(({ kind, config }) => canonicalJson({ kind, config }))).size).toBe(plan.jobs.length);
  });

  it('names every job by its kind and a hash, and gives every study a job a seed', () => {
    for (const { kind, id } of plan.jobs) expect(id).toMatch(new RegExp(`^${kind}-[0-9a-f]{16}$`));
    const ids = new Set(plan.jobs.map(({ id }) => id));
    for (const { key, jobs } of plan.studies) {
      expect(jobs, key).toHaveLength(2);
      for (const id of jobs) expect(ids).toContain(id);
    }
  });

  it('puts each job after the one that it starts from, seed by seed', () => {
    const seen = new Set<string>();
    for (const job of plan.jobs) {
      if (job.kind === 'arm') expect(seen).toContain(job.backbone);
      seen.add(job.id);
    }
    expect(plan.jobs.map(({ seed }) => seed)).toEqual(plan.jobs.map(({ seed }) => seed).sort());
  });

  it('gives every job the arm, seed and data of its own, and a backbone with the same data and network', () => {
    const starts = new Map(plan.jobs.map((job) => [job.id, job.config]));
    for (const { arm, seed, config, backbone } of armsOf(plan)) {
      expect(config.method.arms).toEqual([arm]);
      expect(config.seed).toBe(seed);
      expect(starts.get(backbone)).toMatchObject({ seed, data: config.data, backbone: config.backbone });
      expect(runConfigSchema.parse(config)).toEqual(config);
    }
  });

  it('trains three networks a seed: at 3:1, 6:1 and 10:1', () => {
    expect(backbonesOf(plan)).toHaveLength(6);
    expect(
      plan.jobs.filter(({ kind, seed }) => kind === 'backbone' && seed === 0).map(({ config }) => config.data),
    ).toEqual([base.data, { ...base.data, classCounts: { cat: 500 } }, { ...base.data, classCounts: { cat: 300 } }]);
  });

  it('shares what is the same: the network of figure 1 with everything but 6:1 and 10:1, its `none` with figures 2 and 3', () => {
    expect(jobOf(plan, 'ratio-3/none')).toBe(jobOf(plan, 'pairs/none'));
    expect(jobOf(plan, 'found-pairs/none')).toBe(jobOf(plan, 'pairs/none'));
    const [first] = backbonesOf(plan);
    const other = armsOf(plan).filter(({ seed, backbone }) => seed === 0 && backbone !== first);
    expect(other.every(({ title }) => /^ratio-(6|10)\//.test(title))).toBe(true);
    expect(other).toHaveLength(10);
  });

  it('takes gamma and Pmax by their product', () => {
    expect(jobOf(plan, 'ablation/p-max=1')).toBe(jobOf(plan, 'ablation/gamma=-0.8'));
    expect(jobOf(plan, 'ablation/p-max=0.25')).toBe(jobOf(plan, 'ablation/gamma=-0.2'));
  });

  it('asks for everything but joint retraining beside the head', () => {
    const left = armsOf(plan).filter((job) => !requiredJobs(plan).includes(job));
    expect(left.map(({ title }) => title)).toEqual(['ablation/retraining=joint', 'ablation/retraining=joint']);
    expect(left.every(({ isOptional, config }) => isOptional && config.method.retraining === 'joint')).toBe(true);
  });
});

it('plans the jobs of one experiment under the same names as those of all', async () => {
  const all = new Set((await planOf(experimentNames)).jobs.map(({ id }) => id));
  for (const experiment of experimentNames)
    for (const { id } of (await planOf([experiment])).jobs) expect(all, experiment).toContain(id);
  // A seed more changes nothing of the others.
  const three = await planOf(['fig1'], { seeds: [0, 1, 2] });
  expect(three.jobs.slice(0, 12)).toEqual((await planOf(['fig1'])).jobs);
});

it('names jobs by what they read, and by nothing else', async () => {
  const withMethod = (method: Partial<RunConfig['method']>) => ({ ...base, method: { ...base.method, ...method } });
  const ids = async (changed: RunConfig) =>
    Object.fromEntries(
      (await planOf(['fig1', 'class-specific'], { base: changed, seeds: [0] })).studies.map(({ key, jobs }) => [
        key,
        jobs[0],
      ]),
    );
  const before = await ids(base);
  const changedBy = async (changed: RunConfig) => {
    const after = await ids(changed);
    return Object.keys(before).filter((key) => after[key] !== before[key]);
  };
  expect(await changedBy({ ...base, preset: 'mini', seed: 7 })).toEqual([]);
  expect(await changedBy(withMethod({ arms: ['none'], assignment: 'closest', classPairs: undefined }))).toEqual([]);
  expect(await changedBy(withMethod({ gamma: 0.4 }))).toEqual([
    'pairs/asymmetric',
    'pairs/algorithm1',
    'pairs/algorithm2',
  ]);
  expect(await changedBy(withMethod({ tau: 0.8 }))).toEqual(['pairs/algorithm1']);
  expect(await changedBy(withMethod({ separable: 'nothing' }))).toEqual(['pairs/algorithm1']);
  expect(await changedBy(withMethod({ algorithm2: 'inverse' }))).toEqual(['pairs/algorithm2']);
  expect(await changedBy(withMethod({ placement: 'crossing' }))).toEqual([
    'pairs/random',
    'pairs/top',
    'pairs/bottom',
    'pairs/algorithm1',
  ]);
  expect(await changedBy(withMethod({ retraining: 'joint' }))).toHaveLength(7);
  expect(await changedBy({ ...base, head: { ...base.head, learningRate: 0.1 } })).toHaveLength(7);
  expect(await changedBy({ ...base, joint: { ...base.joint, learningRate: 0.01 } })).toEqual([]);
  expect(await changedBy({ ...base, backbone: { ...base.backbone, width: 0.5 } })).toHaveLength(7);
});

it('reads the losses of the arms that have one, and keeps the names of all others', async () => {
  const losses = { ...base.losses, focalGamma: 5, effectiveBeta: 0.99 };
  const [before, after] = [await planOf(experimentNames), await planOf(experimentNames, { base: { ...base, losses } })];
  expect(after.jobs).toEqual(before.jobs);
  const own = (arm: ArmName) => canonicalArmConfig({ ...base, losses }, arm, 0).losses;
  expect(own('none')).toEqual(base.losses);
  expect(own('focal')).toEqual({ ...base.losses, focalGamma: 5 });
  expect(own('ldam-drw')).toEqual({ ...base.losses, effectiveBeta: 0.99 });
  expect(own('class-weights')).toEqual(base.losses);
  // Older than the losses: their names are those of the networks and records that there are.
  const [network, none] = (await planOf(['fig1'])).jobs;
  expect([network.id, none.id]).toEqual(['backbone-03a33a70acd55637', 'arm-c818ed609d60ca1f']);
  expect(hashedConfig(base)).not.toHaveProperty('losses');
  expect(hashedConfig({ ...base, losses })).toHaveProperty('losses', losses);
});

it('finds the pairs of figure 3 by the head, however the arms are retrained', async () => {
  const joint = { ...base, method: { ...base.method, retraining: 'joint' as const } };
  const [job] = armsOf(await planOf(['fig3'], { base: joint, seeds: [0] }));
  expect(job.config.method.retraining).toBe('head');
  expect(jobOf(await planOf(['fig1'], { base: joint }), 'pairs/none')).not.toBe(job.id);
});

it('has the studies of the paper', () => {
  expect(studiesOf('fig1', base).map(({ key }) => key)).toEqual(
    ['none', 'random', 'top', 'bottom', 'asymmetric'].map((arm) => `pairs/${arm}`),
  );
  expect(studiesOf('fig2', base)).toHaveLength(15);
  for (const { config } of studiesOf('fig2', base).slice(5))
    expect(config.method.classPairs).toContainEqual({ minor: 'cat', major: 'airplane' });
});
