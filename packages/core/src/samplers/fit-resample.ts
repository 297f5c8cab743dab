import type { Matrix } from '@csx/wgsl-kernels';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { createStream } from '../random/stream.ts';
import { checkLatents, classesOf } from './check-resample-input.ts';
import { joinRows, type Resampled } from './join-rows.ts';
import { planResample } from './plan-resample.ts';
import { repeatRows } from './random-oversampling.ts';
import type { ResampleOptions, ResampleOptionsInput } from './resample-options.ts';
import { type SampledRows, type SamplingTask, samplingDraws } from './sampler.ts';
import { smote } from './smote.ts';

/** What a sampler computes with. */
export interface ResampleResources {
  /** Where neighbors are searched; the CPU unless given. */
  readonly ops?: LatentOps | undefined;
}

async function sample(task: SamplingTask, options: ResampleOptions, ops: LatentOps): Promise<SampledRows> {
  switch (options.sampler) {
    case 'random-oversampling':
      return repeatRows(task);
    case 'smote':
      return smote(task, options, ops);
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
      const parts: SampledRows[] = [];
      const all = { latents: kept.matrix, labels: Uint32Array.from(labels) };
      for (const [at, own] of classesOf(labels).entries()) {
        const { newCount } = plan.counts[at];
        const stream: SamplingTask['stream'] = (draw) =>
          createStream(plan.options.seed, 'resampling', own.label, samplingDraws[draw]);
        if (newCount > 0) parts.push(await sample({ ...all, ...own, newCount, stream }, plan.options, ops));
      }
      return joinRows(latents, all.labels, plan, parts);
    } finally {
      kept.release();
    }
  } finally {
    if (resources.ops === undefined) ops.dispose();
  }
}
