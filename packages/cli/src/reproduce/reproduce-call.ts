import { join, resolve } from 'node:path';
import {
  type ExperimentName,
  experimentNames,
  type Job,
  type JobPlan,
  parseShard,
  planJobs,
  requiredJobs,
  type Shard,
  shardJobs,
} from '@csx/core';
import { cacheDirectory, DirectoryStore } from '@csx/core/files';
import type { Context } from '../args/command.ts';
import type { FlagValues } from '../args/flag.ts';
import type { RunSettings } from '../settings/run-settings.ts';
import { readReproduceSettings } from './reproduce-settings.ts';

/** One call of `csx reproduce`, read. */
export interface ReproduceCall {
  readonly settings: RunSettings;
  readonly plan: JobPlan;
  /** The part of the plan that this call does; undefined for all of it. */
  readonly shard: Shard | undefined;
  /** What this call does, each job after what it starts from. */
  readonly jobs: readonly Job[];
  /** Where networks and records are kept. */
  readonly cache: DirectoryStore;
  /** Where the page goes, as the user wrote it. */
  readonly location: string;
}

const textOf = (flags: FlagValues, name: string): string | undefined => {
  const value = flags.get(name);
  return typeof value === 'string' ? value : undefined;
};

/** Reads a call and plans its jobs. */
export async function readCall(experiment: string, flags: FlagValues, context: Context): Promise<ReproduceCall> {
  const settings = readReproduceSettings(flags, context);
  const { backbone, method } = settings.config;
  const seeds = flags.get('seeds');
  const plan = await planJobs({
    experiments: experiment === 'all' ? experimentNames : [experiment as ExperimentName],
    seeds: Array.from({ length: typeof seeds === 'number' ? seeds : 5 }, (_, seed) => seed),
    base: settings.config,
  });
  const part = textOf(flags, 'shard');
  const shard = part === undefined ? undefined : parseShard(part);
  const required = requiredJobs(plan);
  const cache = textOf(flags, 'cache') ?? join(cacheDirectory(context.environment), 'reproduce');
  const name = `reproduce-${experiment}-${backbone.name}-width${backbone.width}-${method.retraining}`;
  return {
    settings,
    plan,
    shard,
    jobs: shard === undefined ? required : shardJobs(required, shard),
    cache: new DirectoryStore(resolve(context.directory, cache)),
    location: textOf(flags, 'out') ?? join('runs', name),
  };
}
