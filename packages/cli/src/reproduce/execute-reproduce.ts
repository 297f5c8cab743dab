import { join, relative, resolve } from 'node:path';
import {
  buildReproduction,
  classPictures,
  collectOutcomes,
  type Reproduction,
  shardFile,
  shardRecord,
} from '@csx/core';
import { DirectoryStore } from '@csx/core/files';
import type { Context } from '../args/command.ts';
import type { FlagValues } from '../args/flag.ts';
import { dataDirectory, loadDataset } from '../run/load-dataset.ts';
import { doJobs } from './do-jobs.ts';
import { readCall } from './reproduce-call.ts';
import { printVerdicts, writeReproduction } from './write-reproduction.ts';

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
