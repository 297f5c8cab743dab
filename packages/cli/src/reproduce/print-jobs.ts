import { type Job, planRun, type RunPlan } from '@csx/core';
import { cifar10ClassNames, type RunConfig } from '@csx/core/config';
import { flop, imageCounts, orientationSpeed } from '../run/plan.ts';
import type { Channel } from '../terminal/terminal.ts';
import { formatDuration } from '../terminal/text.ts';
import type { ReproduceCall } from './reproduce-call.ts';

/** What two cores of a server reached in training the head on latents, with the rounds of its arm counted in the time. */
const headSpeed = 4e9;

interface PlannedJob {
  readonly id: string;
  readonly kind: Job['kind'];
  readonly seed: number;
  readonly title: string;
  readonly flop: number;
  /** At the speed of two cores of a server. */
  readonly estimatedMs: number;
  /** Whether the cache has a finished entry of that name; its files are not read. */
  readonly isDone: boolean;
}

/** Prints the jobs of a call and what they take. Nothing is written. */
export async function printJobs(
  { plan, jobs: asked, cache }: ReproduceCall,
  out: Channel,
  json: boolean,
): Promise<void> {
  const sealed = new Set(
    (await cache.list()).flatMap((name) => (name.endsWith('/entry.json') ? [name.split('/')[0]] : [])),
  );
  const plans = new Map<string, RunPlan>();
  const planOf = (config: RunConfig): RunPlan => {
    // Seeds differ in nothing that is counted.
    const key = JSON.stringify({ ...config, seed: 0 });
    const planned =
      plans.get(key) ??
      planRun(config, { classNames: cifar10ClassNames, inputShape: [32, 32, 3], ...imageCounts[config.data.source] });
    plans.set(key, planned);
    return planned;
  };
  const jobs = asked.map(({ id, kind, seed, title, config }): PlannedJob => {
    const { backboneFlop, projectionFlop, retrainingFlop } = planOf(config);
    const count = kind === 'backbone' ? backboneFlop + projectionFlop : retrainingFlop;
    const speed = kind === 'arm' && config.method.retraining === 'head' ? headSpeed : orientationSpeed;
    return { id, kind, seed, title, flop: count, estimatedMs: (1000 * count) / speed, isDone: sealed.has(id) };
  });
  const sum = (chosen: readonly PlannedJob[], key: 'flop' | 'estimatedMs') =>
    chosen.reduce((total, job) => total + job[key], 0);
  const left = jobs.filter(({ isDone }) => !isDone);
  if (json) {
    out.write(
      `${JSON.stringify({ settings: plan.settings, cache: cache.location, jobs, flop: sum(jobs, 'flop'), estimatedMs: sum(jobs, 'estimatedMs') }, null, 2)}\n`,
    );
    return;
  }
  const { paint } = out;
  for (const job of jobs) {
    const state = job.isDone ? paint.green('done') : '    ';
    const work = `${flop(job.flop).padStart(11)}  ${formatDuration(job.estimatedMs).padStart(8)}`;
    out.write(`${state}  ${paint.cyan(job.id)}  seed ${job.seed}  ${work}  ${job.title}\n`);
  }
  out.write(`\n${jobs.length} jobs, ${jobs.length - left.length} of them in ${cache.location}\n`);
  out.write(`${flop(sum(left, 'flop'))} left, about ${formatDuration(sum(left, 'estimatedMs'))} on two server cores\n`);
}
