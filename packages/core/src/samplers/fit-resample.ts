import type { Matrix } from '@csx/wgsl-kernels';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { createStream } from '../random/stream.ts';
import { adasyn } from './adasyn.ts';
import { borderlineSmote } from './borderline-smote.ts';
import { checkLatents, classesOf } from './check-resample-input.ts';
import { eos } from './eos.ts';
import { type Classifier, extrapolate } from './extrapolation.ts';
import { joinRows, type Resampled } from './join-rows.ts';
import { mwmote } from './mwmote.ts';
import { planResample, type ResamplePlan } from './plan-resample.ts';
import { ramo } from './ramo.ts';
import { repeatRows } from './random-oversampling.ts';
import type { ResampleOptions, ResampleOptionsInput } from './resample-options.ts';
import { type SampledRows, type SamplingTask, samplingDraws } from './sampler.ts';
import { smote } from './smote.ts';

/** What a sampler computes with. */
export interface ResampleResources {
  /** Where neighbors are searched; the CPU unless given. */
  readonly ops?: LatentOps | undefined;
  /** What the sampler `extrapolation` reads; the others have no use for it. */
  readonly classifier?: Classifier | undefined;
}

type NeighborSamplerOptions = Exclude<ResampleOptions, { sampler: 'extrapolation' }>;

async function sample(
  task: SamplingTask,
  options: NeighborSamplerOptions,
  ops: LatentOps,
): Promise<readonly SampledRows[]> {
  switch (options.sampler) {
    case 'random-oversampling':
      return [repeatRows(task)];
    case 'smote':
      return [await smote(task, options, ops)];
    case 'borderline-smote-1':
    case 'borderline-smote-2':
      return borderlineSmote(task, options, ops);
    case 'adasyn':
      return [await adasyn(task, options, ops)];
    case 'mwmote':
      return [await mwmote(task, options, ops)];
    case 'ramo':
      return [await ramo(task, options, ops)];
    case 'eos':
      return [await eos(task, options, ops)];
  }
}

/**
 * Adds rows to the classes that a strategy names, made by one of the samplers: the given rows come first, as they were.
 *
 * latents [n, d], labels [n] whole numbers from 0, which need not be without gaps. The result holds the parents, weights,
 * class and method of each new row, and each is `w0 * parent0 + w1 * parent1` of these, summed in float64 and rounded once.
 * What a row is made of depends on the data and the options alone, the seed among them, not on where neighbors are searched.
 *
 * @throws {InvalidInputError} shapes or labels that do not fit, fewer than two classes, or rows that are not finite.
 * @throws {InvalidOptionError} options that are unknown, out of range or ask for fewer rows than there are.
 */
export async function fitResample(
  latents: Matrix,
  labels: ArrayLike<number>,
  options: ResampleOptionsInput,
  resources: ResampleResources = {},
): Promise<Resampled> {
  const plan = planResample(labels, options);
  checkLatents(latents, labels.length);
  const { ops = createCpuLatentOps() } = resources;
  try {
    const kept = await ops.keep(latents);
    try {
      const all = { latents: kept.matrix, labels: Uint32Array.from(labels) };
      return joinRows(latents, all.labels, plan, await sampleAll(all, plan, resources, ops));
    } finally {
      kept.release();
    }
  } finally {
    if (resources.ops === undefined) ops.dispose();
  }
}

/** The rows of each class that gets some, by label. */
async function sampleAll(
  all: Pick<SamplingTask, 'latents' | 'labels'>,
  { options, counts }: ResamplePlan,
  { classifier = {} }: ResampleResources,
  ops: LatentOps,
): Promise<readonly (readonly SampledRows[])[]> {
  if (options.sampler === 'extrapolation') return extrapolate({ ...all, counts, options, classifier }, ops);
  const parts: (readonly SampledRows[])[] = [];
  for (const [at, own] of classesOf(all.labels).entries()) {
    const { newCount } = counts[at];
    const stream: SamplingTask['stream'] = (draw) =>
      createStream(options.seed, 'resampling', own.label, samplingDraws[draw]);
    if (newCount > 0) parts.push(await sample({ ...all, ...own, newCount, stream }, options, ops));
  }
  return parts;
}
