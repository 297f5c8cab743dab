import { InvalidInputError } from '@csx/wgsl-kernels';
import { beforeAll, describe, expect, it } from 'vitest';
import { madeUpRecord } from '../../test/support/made-up-record.ts';
import { runConfigSchema } from '../run/config.ts';
import { type ArmJob, type JobPlan, planJobs, requiredJobs } from './job-plan.ts';
import { outcomeOf } from './outcome.ts';
import { buildReproduction, type Reproduction } from './reproduction.ts';
import { mergeShards, type NamedShard, shardFile, shardFilePattern, shardRecord } from './shard-record.ts';

let plan: JobPlan;
let whole: Reproduction;
beforeAll(async () => {
  const base = runConfigSchema.parse({ data: { source: 'cifar10', majorCount: 3000, minorCount: 1000 } });
  plan = await planJobs({ experiments: ['fig1', 'fig2'], seeds: [0, 1], base });
  const arms = requiredJobs(plan).filter((job): job is ArmJob => job.kind === 'arm');
  const outcomes = arms.map((job) => outcomeOf(job, madeUpRecord({ arms: [job.arm], testCount: 4 })));
  whole = buildReproduction(plan, outcomes, { name: 'made up', classNames: ['a', 'b'], hashes: { file: '12' } }, []);
});

it('a shard has a file of its own', () => {
  expect(shardFile({ index: 2, count: 5 })).toBe('shard-2-of-5.json');
  expect('shard-2-of-5.json').toMatch(shardFilePattern);
  expect('shard-2-of-5.json.part').not.toMatch(shardFilePattern);
});

describe('merging shards', () => {
  const records = (count: number): NamedShard[] =>
    Array.from({ length: count }, (_, i) => {
      const shard = { index: i + 1, count };
      return { name: shardFile(shard), record: shardRecord(whole, plan, shard) };
    });
  const changed = (at: number, change: Partial<NamedShard['record']>): NamedShard[] =>
    records(3).map((one, i) => (i === at ? { ...one, record: { ...one.record, ...change } } : one));
  const refused = (shards: readonly NamedShard[]) => expect(mergeShards(shards)).rejects;

  it('gives the record of a call without shards, in whatever order they come', async () => {
    for (const count of [1, 3, 8]) {
      const merged = await mergeShards(records(count).toReversed());
      expect(merged.reproduction).toEqual(whole);
      expect(merged.plan.jobs).toEqual(plan.jobs);
    }
  });

  it('names what a shard did not do as missing', async () => {
    const [first] = records(3);
    const [lost, ...rest] = first.record.outcomes;
    const shards = changed(0, { outcomes: rest });
    const { reproduction } = await mergeShards(shards);
    expect(reproduction.missing).toEqual([expect.objectContaining({ job: lost.job })]);
    expect(reproduction.outcomes).toHaveLength(whole.outcomes.length - 1);
  });

  it('refuses what does not belong together', async () => {
    await refused([]).toThrow('no records of shards');
    await refused(changed(1, { csxVersion: '9.9.9' })).toThrow(
      /csxVersion is "[\d.]+" in shard-1-of-3\.json, "9\.9\.9" in shard-2-of-3\.json/,
    );
    const seeds = { ...whole.settings, seeds: [0, 1, 2] };
    await refused(changed(2, { settings: seeds })).toThrow(
      /settings\.seeds is \[0,1\] in .*, \[0,1,2\] in shard-3-of-3/,
    );
    await refused(changed(1, { data: { ...whole.data, hashes: { file: '13' } } })).toThrow(
      /data\.hashes\.file is "12"/,
    );
    await refused([...records(3).slice(0, 2), ...records(4).slice(2)]).toThrow(/shards is 3 in .*, 4 in/);
    await refused(changed(1, { outcomes: whole.outcomes })).toThrow(
      /shard-2-of-3\.json has an outcome of arm-\w+, which is no job/,
    );
  });

  it('says which shards are missing, and which are there twice', async () => {
    const all = records(4);
    await refused(all.slice(0, 3)).toThrow('shard 4 of 4 is missing');
    await refused([all[1], all[2]]).toThrow('shards 1, 4 of 4 are missing');
    await refused([...all, { ...all[2], name: 'copy/shard-3-of-4.json' }]).toThrow(
      'shard 3 of 4 is there twice, in shard-3-of-4.json and copy/shard-3-of-4.json',
    );
    await refused(all.slice(1)).toBeInstanceOf(InvalidInputError);
  });
});
