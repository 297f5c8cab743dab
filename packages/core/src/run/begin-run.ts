import { quietTfjs } from '../backbone/quiet-tfjs.ts';
import type { Split } from '../data/image-set.ts';
import { makeSplit, trainCountsOf } from '../data/split.ts';
import { type ChannelStatistics, channelStatistics, standardizationTable } from '../data/standardize.ts';
import type { Sizes } from '../method/sizes.ts';
import { sizesOf } from './pairing-stage.ts';
import type { RunContext } from './run-context.ts';
import { openRun } from './run-identity.ts';
import type { RunInput } from './run-input.ts';
import { type Sitting, startSitting } from './sitting.ts';

/** A run whose options fit together and fit the data, before anything is trained. */
export interface BegunRun {
  readonly context: RunContext;
  readonly sitting: Sitting;
  readonly split: Split;
  readonly sizes: Sizes;
  readonly statistics: ChannelStatistics;
  /** Of `standardizationTable`. */
  readonly table: Float32Array;
}

/**
 * Splits the data, checks the options against it, and marks the run's directory.
 * @throws InvalidOptionError, InvalidInputError for options that do not go together or do not fit the data; nothing
 * has been written then
 */
export async function beginRun(input: Omit<RunInput, 'environment'>): Promise<BegunRun> {
  const { config, dataset, onEvent } = input;
  const sittingStart = performance.now();
  quietTfjs();
  onEvent({ kind: 'stage', stage: 'data', message: `splitting ${dataset.name}` });
  const split = makeSplit(dataset, {
    seed: config.seed,
    trainCounts: trainCountsOf(dataset.classNames, config.data),
    heldOutCount: config.data.heldOutCount,
    ...(config.data.testCount !== undefined && { testCount: config.data.testCount }),
  });
  const sizes = sizesOf(input, split.classCounts);
  const sitting = startSitting(input, await openRun(input, input.resume), sittingStart);
  const statistics = channelStatistics(dataset.train, split.train);
  return {
    context: {
      ...input,
      outputs: input.outputs ?? 'all',
      emit: onEvent,
      signal: input.signal,
      checkpoint: sitting.checkpoint,
    },
    sitting,
    split,
    sizes,
    statistics,
    table: standardizationTable(statistics),
  };
}
