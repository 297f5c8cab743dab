import { InvalidOptionError } from '@csx/wgsl-kernels';
import { beforeAll, describe, expect, it } from 'vitest';
import { runConfigSchema } from '../run/config.ts';
import { type Job, planJobs, requiredJobs } from './job-plan.ts';
import { parseShard, shardJobs } from './shards.ts';

let jobs: Job[];
beforeAll(async () => {
  const base = runConfigSchema.parse({ data: { source: 'cifar10', majorCount: 3000, minorCount: 1000 } });
  jobs = requiredJobs(await planJobs({ experiments: ['fig1', 'fig2'], seeds: [0, 1], base }));
});

const shardsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => shardJobs(jobs, { index: i + 1, count }).map(({ id }) => id));
const isArm = (id: string) => id.startsWith('arm-');

describe('shards of a plan', () => {
  it('have every arm once, each behind what it starts from', () => {
    const startOf = new Map(jobs.map((job) => [job.id, job.kind === 'arm' ? job.backbone : undefined]));
    for (const count of [1, 2, 3, 4, 5, 7, 16, 100]) {
      const shards = shardsOf(count);
      const arms = shards.flat().filter(isArm);
      expect(arms.toSorted()).toEqual(
        jobs
          .map(({ id }) => id)
          .filter(isArm)
          .toSorted(),
      );
      for (const own of shards)
        for (const [at, id] of own.entries()) {
          const start = startOf.get(id);
          if (start !== undefined) expect(own.slice(0, at)).toContain(start);
        }
    }
    expect(shardsOf(1)[0]).toEqual(jobs.map(({ id }) => id));
  });

  it('keep the arms of a network together where there are enough networks, and share them out evenly where not', () => {
    const starts = jobs.filter(({ kind }) => kind === 'backbone');
    // Two seeds, of which each has the network of figure 1 and two with fewer cats.
    expect(starts).toHaveLength(6);
    const together = shardsOf(6).map((own) => own.filter((id) => !isArm(id)));
    expect(together.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1]);
    const apart = shardsOf(12);
    expect(apart.every((own) => own.filter((id) => !isArm(id)).length === 1)).toBe(true);
    const sizes = apart.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(3);
  });

  it('are named by number and count', () => {
    expect(parseShard('2/5')).toEqual({ index: 2, count: 5 });
    expect(parseShard('1/1')).toEqual({ index: 1, count: 1 });
    for (const text of ['0/5', '6/5', '2', '2/', '1/0', '-1/5', '1.5/5', 'a/b', ' 1/5', '1/5/5'])
      expect(() => parseShard(text), text).toThrow(InvalidOptionError);
    expect(() => parseShard('0/5')).toThrow('shard: got 0/5, expected i/n with whole numbers, i from 1 to n');
  });
});
