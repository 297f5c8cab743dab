import { sha256Hex } from '@csx/wgsl-kernels';
import type { ArmName, RunConfig } from '../run/config.ts';
import { canonicalArmConfig, canonicalBackboneConfig, hashedConfig } from './canonical-config.ts';
import { type ExperimentName, experimentNames, type Study, studiesOf } from './studies.ts';

/** What is asked for. */
export interface ReproductionSettings {
  /** In the paper's order. */
  readonly experiments: readonly ExperimentName[];
  readonly seeds: readonly number[];
  /** Data, network, training and readings that all studies share. Its seed, arms and pairs are not used. */
  readonly base: RunConfig;
}

/** The first epochs on images, and the latents of all images under the network: what arms of one seed share. */
export interface BackboneJob {
  readonly kind: 'backbone';
  /** `backbone-` and the hash of its configuration. */
  readonly id: string;
  readonly seed: number;
  readonly title: string;
  readonly config: RunConfig;
}

/** The rounds of one arm under one configuration. */
export interface ArmJob {
  readonly kind: 'arm';
  /** `arm-` and the hash of its configuration. */
  readonly id: string;
  readonly seed: number;
  readonly title: string;
  readonly arm: ArmName;
  /** The job it starts from. */
  readonly backbone: string;
  /** With this arm alone. */
  readonly config: RunConfig;
  /** Not asked for: its outcome is shown where another call has left it. */
  readonly isOptional: boolean;
}

export type Job = BackboneJob | ArmJob;

/** A study with the job of each seed. */
export interface PlannedStudy extends Study {
  /** By the order of the settings' seeds. */
  readonly jobs: readonly string[];
}

/**
 * Everything that the experiments need, once: jobs in an order in which each comes after what it starts from, seed by
 * seed, so that an interruption leaves whole seeds. A plan is data: it depends on the settings alone.
 */
export interface JobPlan {
  readonly settings: ReproductionSettings;
  readonly jobs: readonly Job[];
  readonly studies: readonly PlannedStudy[];
}

/** Raised when the same configuration begins to give other results, so that older cache entries are left alone. */
const resultVersion = 1;

/** JSON with sorted keys: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

async function jobId(kind: Job['kind'], config: RunConfig): Promise<string> {
  const text = canonicalJson({ resultVersion, kind, config: hashedConfig(config) });
  return `${kind}-${(await sha256Hex(new TextEncoder().encode(text))).slice(0, 16)}`;
}

/** Plans what the experiments need; jobs that several of them need are there once. */
export async function planJobs(settings: ReproductionSettings): Promise<JobPlan> {
  const studies = new Map<string, Study>();
  for (const experiment of experimentNames.filter((name) => settings.experiments.includes(name)))
    for (const study of studiesOf(experiment, settings.base))
      if (!studies.has(study.key)) studies.set(study.key, study);

  const jobs = new Map<string, Job>();
  const jobsOf = new Map<string, string[]>([...studies.keys()].map((key) => [key, []]));
  for (const seed of settings.seeds) {
    const ofSeed = new Map<string, Job[]>();
    for (const { key, arm, config, isOptional } of studies.values()) {
      const start = canonicalBackboneConfig(config, seed);
      const backbone = await jobId('backbone', start);
      const group = ofSeed.get(backbone) ?? [
        { kind: 'backbone', id: backbone, seed, title: backboneTitle(start), config: start },
      ];
      ofSeed.set(backbone, group);
      const own = canonicalArmConfig(config, arm, seed);
      const id = await jobId('arm', own);
      jobsOf.get(key)?.push(id);
      const at = group.findIndex((job) => job.id === id);
      const job: ArmJob = { kind: 'arm', id, seed, title: key, arm, backbone, config: own, isOptional };
      if (at < 0) group.push(job);
      else if (!isOptional) group[at] = { ...(group[at] as ArmJob), isOptional };
    }
    for (const job of [...ofSeed.values()].flat()) jobs.set(job.id, job);
  }
  return {
    settings,
    jobs: [...jobs.values()],
    studies: [...studies.values()].map((study) => ({ ...study, jobs: jobsOf.get(study.key) ?? [] })),
  };
}

function backboneTitle({ data }: RunConfig): string {
  const single = Object.entries(data.classCounts ?? {}).map(([name, count]) => `, ${name} ${count}`);
  return `network on ${data.majorCount} and ${data.minorCount} images a class${single.join('')}`;
}

/** Jobs that are to be done, each after what it starts from. */
export function requiredJobs({ jobs }: JobPlan): Job[] {
  const needed = new Set(jobs.flatMap((job) => (job.kind === 'arm' && !job.isOptional ? [job.backbone] : [])));
  return jobs.filter((job) => (job.kind === 'arm' ? !job.isOptional : needed.has(job.id)));
}
