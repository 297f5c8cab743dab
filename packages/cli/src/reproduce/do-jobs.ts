import { executeJobs, type ImageDataset, type Job } from '@csx/core';
import { processMemory } from '@csx/core/host';
import type { Context } from '../args/command.ts';
import { Interrupted, watchSignals } from '../interrupt.ts';
import { createProgress } from '../progress/progress.ts';
import { type Machine, openMachine } from '../run/machine.ts';
import type { ReproduceCall } from './reproduce-call.ts';

/**
 * Does the jobs that the cache does not hold, showing how far they are, and ends at a safe point on SIGINT and SIGTERM.
 * @throws Interrupted after a signal.
 */
export async function doJobs(
  { settings, cache }: Pick<ReproduceCall, 'settings' | 'cache'>,
  jobs: readonly Job[],
  dataset: ImageDataset,
  { terminal }: Context,
): Promise<void> {
  const progress = createProgress(terminal);
  const interruption = watchSignals((name) => {
    progress.event({ kind: 'note', message: `${name}: stopping at the next step; once more to stop at once` });
  });
  let machine: Machine | undefined;
  // Arms are many and short: the stages of each would be more lines than their figures.
  let current: Job | undefined;
  try {
    machine = await openMachine(settings);
    progress.event({ kind: 'note', message: `latent work ${machine.reason}` });
    progress.event({ kind: 'note', message: `training with ${machine.engine.name}` });
    await executeJobs({
      jobs,
      dataset,
      cache,
      latentOps: machine.latentOps,
      engine: machine.engine,
      environment: machine.environment,
      signal: interruption.signal,
      peakMemoryBytes: () => processMemory().peakResidentBytes ?? 0,
      onEvent(event) {
        if (event.kind === 'job') {
          const { job, index, count } = event;
          current = job;
          progress.event({ kind: 'note', message: `job ${index} of ${count}: seed ${job.seed}, ${job.title}` });
        } else if (event.kind !== 'stage' || current?.kind !== 'arm') progress.event(event);
      },
    });
    progress.close(true);
  } catch (error) {
    progress.close(false);
    const code = interruption.exitCode();
    if (code === undefined) throw error;
    terminal.err.write('Interrupted.\n');
    throw new Interrupted(code);
  } finally {
    interruption.dispose();
    machine?.latentOps.dispose();
    machine?.disposeEngine();
  }
}
