import { join, relative, resolve } from 'node:path';
import {
  buildReproduction,
  classPictures,
  collectOutcomes,
  type ExperimentName,
  experimentNames,
  type Job,
  type JobPlan,
  parseShard,
  planJobs,
  type Reproduction,
  requiredJobs,
  type Shard,
  shardFile,
  shardJobs,
  shardRecord,
} from '@csx/core';
import { cacheDirectory, DirectoryStore } from '@csx/core/files';
import type { Context } from '../args/command.ts';
import type { FlagValues } from '../args/flag.ts';
import { dataDirectory, loadDataset } from '../run/load-dataset.ts';
import type { RunSettings } from '../settings/run-settings.ts';
import { doJobs } from './do-jobs.ts';
import { readReproduceSettings } from './reproduce-settings.ts';
import { printVerdicts, writeReproduction } from './write-reproduction.ts';

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

async function readCall(experiment: string, flags: FlagValues, context: Context): Promise<ReproduceCall> {
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

/** Does what is missing of an experiment, draws the page, and prints what came out. */
export async function executeReproduce(experiment: string, flags: FlagValues, context: Context): Promise<void> {
  const { terminal, directory, environment } = context;
  const json = flags.get('json') === true;
  const call = await readCall(experiment, flags, context);
  const { plan, jobs, shard, cache, settings, location } = call;
  if (flags.get('dry-run') === true) {
    const { printJobs } = await import('./print-jobs.ts');
    await printJobs(call, terminal.out, json);
    return;
  }
  const dataset = await loadDataset(settings.config.data.source, dataDirectory(settings.dataDirectory, environment));
  const store = new DirectoryStore(resolve(directory, location));
  const collect = async (): Promise<Reproduction> => {
    const outcomes = await collectOutcomes(plan, cache, dataset.hashes);
    const pictures = classPictures(dataset, settings.config, plan.settings.seeds[0]);
    return buildReproduction(plan, outcomes, dataset, pictures);
  };
  const write = async (reproduction: Reproduction): Promise<string> => {
    if (shard === undefined) return writeReproduction(store, plan, reproduction);
    const name = shardFile(shard);
    await store.write(name, new TextEncoder().encode(`${JSON.stringify(shardRecord(reproduction, plan, shard))}\n`));
    return name;
  };
  if (flags.get('report-only') !== true) {
    try {
      await doJobs(call, jobs, dataset, context);
    } catch (error) {
      // What is done is shown, whatever ended the work.
      const partial = await collect();
      if (partial.outcomes.length > 0) {
        const name = await write(partial);
        terminal.err.write(`What is done stands in ${join(location, name)}; the same command goes on.\n`);
      }
      throw error;
    }
  }
  const reproduction = await collect();
  const name = await write(reproduction);
  const shown = join(relative(directory, store.location) || '.', name);
  if (shard !== undefined) {
    const own = shardRecord(reproduction, plan, shard);
    if (json) terminal.out.write(`${JSON.stringify(own, null, 2)}\n`);
    else terminal.out.write(`Shard ${shard.index} of ${shard.count}: ${own.outcomes.length} outcomes in ${shown}\n`);
    return;
  }
  if (json) {
    terminal.out.write(`${JSON.stringify(reproduction, null, 2)}\n`);
    return;
  }
  printVerdicts(reproduction, terminal.out);
  terminal.out.write(`Report: ${shown}\n`);
}
