import { InvalidOptionError } from '@csx/wgsl-kernels';
import type { Job } from './job-plan.ts';

/** One of several calls that share the jobs of a plan out; counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * Reads `2/5`.
 * @throws InvalidOptionError for anything else, and for a number out of range
 */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (index >= 1 && index <= count) return { index, count };
  throw new InvalidOptionError(`shard: got ${text}, expected i/n with whole numbers, i from 1 to n`, {
    hint: 'An array that counts from 0 adds 1: --shard $((SLURM_ARRAY_TASK_ID + 1))/$SLURM_ARRAY_TASK_COUNT',
  });
}

/**
 * The jobs of one shard, in their order. Arms that start from one network stay together where there are as many networks
 * as shards; where there are fewer, several shards train the same network, and deal its arms out among them. Together the
 * shards have every job; which one has it depends on the plan alone.
 */
export function shardJobs(jobs: readonly Job[], { index, count }: Shard): Job[] {
  const starts = jobs.filter(({ kind }) => kind === 'backbone').map(({ id }) => id);
  const own = starts.flatMap((start, group) => {
    const shards = Array.from({ length: count }, (_, shard) => shard).filter((shard) =>
      count <= starts.length ? shard === group % count : group === shard % starts.length,
    );
    const at = shards.indexOf(index - 1);
    if (at < 0) return [];
    const arms = jobs.filter((job) => job.kind === 'arm' && job.backbone === start);
    const mine = arms.filter((_, arm) => arm % shards.length === at);
    return mine.length === 0 ? [] : [start, ...mine.map(({ id }) => id)];
  });
  return jobs.filter(({ id }) => own.includes(id));
}
