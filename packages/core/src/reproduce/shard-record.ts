import { InvalidInputError } from '@csx/wgsl-kernels';
import { z } from 'zod';
import { differingOptions } from '../run/run-identity.ts';
import { type JobPlan, planJobs, requiredJobs } from './job-plan.ts';
import { buildReproduction, type Reproduction, reproductionSchema } from './reproduction.ts';
import { type Shard, shardJobs } from './shards.ts';

/** What one shard of a reproduction came to: what figures and verdicts are made of, and none of them yet. */
export const shardRecordSchema = reproductionSchema
  .pick({
    schemaVersion: true,
    csxVersion: true,
    settings: true,
    data: true,
    outcomes: true,
    missing: true,
    pictures: true,
  })
  .extend({ shard: z.strictObject({ index: z.number().int().min(1), count: z.number().int().min(1) }) });

export type ShardRecord = z.output<typeof shardRecordSchema>;

/** `shard-2-of-5.json` */
export const shardFile = ({ index, count }: Shard): string => `shard-${index}-of-${count}.json`;
export const shardFilePattern = /^shard-\d+-of-\d+\.json$/;

/** The part of a reproduction that is a shard's own. */
export function shardRecord(reproduction: Reproduction, plan: JobPlan, shard: Shard): ShardRecord {
  const own = new Set(shardJobs(requiredJobs(plan), shard).map(({ id }) => id));
  const { schemaVersion, csxVersion, settings, data, pictures } = reproduction;
  return {
    ...{ schemaVersion, csxVersion, settings, data, pictures, shard },
    outcomes: reproduction.outcomes.filter(({ job }) => own.has(job)),
    missing: reproduction.missing.filter(({ job }) => own.has(job)),
  };
}

/** A record of a shard, and where it comes from. */
export interface NamedShard {
  readonly name: string;
  readonly record: ShardRecord;
}

/**
 * The reproduction that the shards are parts of, as a call without shards would have recorded it.
 * @throws InvalidInputError for records of other versions, settings or images, for a shard that is there twice or not at
 * all, and for an outcome that is not its shard's
 */
export async function mergeShards(
  shards: readonly NamedShard[],
): Promise<{ readonly plan: JobPlan; readonly reproduction: Reproduction }> {
  const [first, ...others] = shards;
  if (first === undefined) throw new InvalidInputError('merge: no records of shards');
  for (const other of others) checkSame(first, other);
  checkComplete(shards);
  const { settings, data, csxVersion, pictures } = first.record;
  const plan = await planJobs(settings);
  const jobs = requiredJobs(plan);
  for (const { name, record } of shards) {
    const own = new Set(shardJobs(jobs, record.shard).map(({ id }) => id));
    const foreign = record.outcomes.find(({ job }) => !own.has(job));
    if (foreign !== undefined)
      throw new InvalidInputError(
        `merge: ${name} has an outcome of ${foreign.job}, which is no job of shard ${record.shard.index} of ${record.shard.count}`,
      );
  }
  const outcomes = new Map(shards.flatMap(({ record }) => record.outcomes.map((outcome) => [outcome.job, outcome])));
  const ordered = plan.jobs.flatMap(({ id }) => outcomes.get(id) ?? []);
  return { plan, reproduction: { ...buildReproduction(plan, ordered, data, pictures), csxVersion } };
}

function checkSame(first: NamedShard, other: NamedShard): void {
  const partOf = ({ record: { csxVersion, settings, data, shard } }: NamedShard) => ({
    csxVersion,
    settings,
    data,
    shards: shard.count,
  });
  const differences = differingOptions(partOf(first), partOf(other));
  if (differences.length === 0) return;
  const shown = differences.map((difference) =>
    difference.replace(/ there, /, ` in ${first.name}, `).replace(/ here$/, ` in ${other.name}`),
  );
  throw new InvalidInputError(`merge: records do not belong together: ${shown.join('; ')}`, {
    hint: 'Merge the shards of one call of csx reproduce, by one version of csx, on the same images.',
  });
}

function checkComplete(shards: readonly NamedShard[]): void {
  const byIndex = new Map<number, string>();
  const { count } = shards[0].record.shard;
  for (const { name, record } of shards) {
    const { index } = record.shard;
    const before = byIndex.get(index);
    if (before !== undefined)
      throw new InvalidInputError(`merge: shard ${index} of ${count} is there twice, in ${before} and ${name}`);
    if (index > count) throw new InvalidInputError(`merge: ${name} says it is shard ${index} of ${count}`);
    byIndex.set(index, name);
  }
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !byIndex.has(index));
  if (missing.length > 0) {
    const one = missing.length === 1;
    throw new InvalidInputError(
      `merge: shard${one ? '' : 's'} ${missing.join(', ')} of ${count} ${one ? 'is' : 'are'} missing`,
      { hint: `Do ${one ? 'it' : 'them'} first: csx reproduce ... --shard ${missing[0]}/${count}` },
    );
  }
}
