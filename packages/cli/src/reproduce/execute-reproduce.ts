import { join, relative, resolve } from 'node:path';
import {
  buildReproduction,
  classPictures,
  collectOutcomes,
  type ExperimentName,
  experimentNames,
  type JobPlan,
  planJobs,
  type Reproduction,
  renderReproduction,
  requiredJobs,
} from '@csx/core';
import { cacheDirectory, DirectoryStore } from '@csx/core/files';
import type { Context } from '../args/command.ts';
import type { FlagValues } from '../args/flag.ts';
import { dataDirectory, loadDataset } from '../run/load-dataset.ts';
import type { RunSettings } from '../settings/run-settings.ts';
import type { Channel } from '../terminal/terminal.ts';
import { wrap } from '../terminal/text.ts';
import { doJobs } from './do-jobs.ts';
import { readReproduceSettings } from './reproduce-settings.ts';

/** One call of `csx reproduce`, read. */
export interface ReproduceCall {
  readonly settings: RunSettings;
  readonly plan: JobPlan;
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
  const cache = textOf(flags, 'cache') ?? join(cacheDirectory(context.environment), 'reproduce');
  const name = `reproduce-${experiment}-${backbone.name}-width${backbone.width}-${method.retraining}`;
  return {
    settings,
    plan,
    cache: new DirectoryStore(resolve(context.directory, cache)),
    location: textOf(flags, 'out') ?? join('runs', name),
  };
}

/** Does what is missing of an experiment, draws the page, and prints what came out. */
export async function executeReproduce(experiment: string, flags: FlagValues, context: Context): Promise<void> {
  const { terminal, directory, environment } = context;
  const json = flags.get('json') === true;
  const call = await readCall(experiment, flags, context);
  const { plan, cache, settings, location } = call;
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
  const write = async (reproduction: Reproduction): Promise<void> => {
    const encoder = new TextEncoder();
    await store.write('reproduce.json', encoder.encode(`${JSON.stringify(reproduction)}\n`));
    await store.write('reproduce.html', encoder.encode(renderReproduction(plan, reproduction)));
  };
  if (flags.get('report-only') !== true) {
    try {
      await doJobs(call, requiredJobs(plan), dataset, context);
    } catch (error) {
      // What is done is shown, whatever ended the work.
      const partial = await collect();
      if (partial.outcomes.length > 0) {
        await write(partial);
        terminal.err.write(`What is done stands in ${join(location, 'reproduce.html')}; the same command goes on.\n`);
      }
      throw error;
    }
  }
  const reproduction = await collect();
  await write(reproduction);
  if (json) {
    terminal.out.write(`${JSON.stringify(reproduction, null, 2)}\n`);
    return;
  }
  printVerdicts(reproduction, terminal.out);
  terminal.out.write(`Report: ${join(relative(directory, store.location) || '.', 'reproduce.html')}\n`);
}

function printVerdicts({ verdicts, missing }: Reproduction, out: Channel): void {
  const { paint } = out;
  const shown = {
    held: paint.green('held'.padEnd(13)),
    'did not hold': paint.red('did not hold '),
    undecided: paint.dim('undecided'.padEnd(13)),
  };
  for (const { decision, text, against } of verdicts) {
    const [first, ...more] = wrap(
      against === undefined ? text : `${text} (against ${against})`,
      Math.min(out.columns, 100) - 15,
    );
    out.write(`${shown[decision]}  ${first}\n`);
    for (const line of more) out.write(`${' '.repeat(15)}${line}\n`);
  }
  if (missing.length > 0) out.write(`${missing.length} jobs are not done; the page says which.\n`);
}
