import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';
import { classOrder } from './class-order.ts';
import type { Split } from './image-set.ts';

/** What a split needs to know of a data set; an ImageDataset has it. */
export interface LabelledParts {
  readonly classNames: readonly string[];
  readonly train: { readonly labels: Uint8Array };
  readonly test: { readonly labels: Uint8Array };
}

export interface SplitOptions {
  /** 0 to 2^32 - 1. */
  readonly seed: number;
  /** [c] training rows of each class; at least 1. */
  readonly trainCounts: ArrayLike<number>;
  /** Rows of each class's training part kept aside for pair accuracy; may be 0. */
  readonly heldOutCount: number;
  /** Rows of each class's test part; all of them when left out. */
  readonly testCount?: number;
}

/**
 * Draws the training, held-out and test rows of a run, class by class, from the seed alone.
 *
 * A class's training rows are put in a random order (see `classOrder`); training takes them from the
 * front, held-out from the back. So they never overlap, a larger training count keeps the rows of a smaller
 * one, and neither the held-out rows nor another class's rows change with it. Held-out rows come from the
 * data set's train part only, test rows from its test part only.
 *
 * @throws InvalidOptionError for a seed or count that is not a whole number in its range.
 * @throws InvalidInputError where a class has fewer rows than asked for, with the class and both numbers.
 */
export function makeSplit(dataset: LabelledParts, options: SplitOptions): Split {
  const { classNames } = dataset;
  const { seed, trainCounts, heldOutCount, testCount } = options;
  requireCount('seed', seed, 0);
  requireCount('heldOutCount', heldOutCount, 0);
  if (testCount !== undefined) requireCount('testCount', testCount, 1);
  if (trainCounts.length !== classNames.length) {
    throw new InvalidOptionError(
      `split: trainCounts has ${trainCounts.length} values, expected one for each of ${classNames.length} classes`,
    );
  }
  const train: number[] = [];
  const heldOut: number[] = [];
  const test: number[] = [];
  for (const [index, name] of classNames.entries()) {
    const trainCount = trainCounts[index];
    requireCount(`trainCounts of ${name}`, trainCount, 1);
    const trainRows = classOrder(dataset.train.labels, index, seed, 'train');
    if (trainCount + heldOutCount > trainRows.length) {
      throw new InvalidInputError(
        `split: class ${name} has ${trainRows.length} training images, asked for ${trainCount} to train on + ${heldOutCount} held out`,
        { hint: 'Ask for fewer images, or use a larger data set.' },
      );
    }
    const testRows = classOrder(dataset.test.labels, index, seed, 'test');
    if (testCount !== undefined && testCount > testRows.length) {
      throw new InvalidInputError(`split: class ${name} has ${testRows.length} test images, asked for ${testCount}`, {
        hint: 'Ask for fewer images, or leave testCount out to take all of them.',
      });
    }
    train.push(...trainRows.slice(0, trainCount).sort());
    heldOut.push(...trainRows.slice(trainRows.length - heldOutCount).sort());
    test.push(...testRows.slice(0, testCount ?? testRows.length).sort());
  }
  return {
    train: Uint32Array.from(train),
    heldOut: Uint32Array.from(heldOut),
    test: Uint32Array.from(test),
    classCounts: Uint32Array.from(trainCounts),
  };
}

function requireCount(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least || value > 0xffffffff) {
    throw new InvalidOptionError(`split: ${name} is ${value}, expected a whole number from ${least} to 4294967295`);
  }
}

/** Training counts as a run's options name them. */
export interface TrainCountOptions {
  readonly majorCount: number;
  readonly minorCount: number;
  /** Names of the classes that get `minorCount`. */
  readonly minorClasses: readonly string[];
  /** By class name, instead of either. */
  readonly classCounts?: Readonly<Record<string, number>> | undefined;
}

/**
 * Training rows of each class: what `classCounts` says of it, else `minorCount` for the minor classes and
 * `majorCount` for the others.
 *
 * @throws InvalidOptionError for a name that is not a class.
 */
export function trainCountsOf(classNames: readonly string[], options: TrainCountOptions): Uint32Array {
  const { majorCount, minorCount, minorClasses, classCounts = {} } = options;
  for (const [option, names] of Object.entries({ minorClasses, classCounts: Object.keys(classCounts) })) {
    const unknown = names.find((name) => !classNames.includes(name));
    if (unknown !== undefined) {
      throw new InvalidOptionError(`split: ${option} has '${unknown}', expected names out of ${classNames.join(', ')}`);
    }
  }
  return Uint32Array.from(
    classNames,
    (name) => classCounts[name] ?? (minorClasses.includes(name) ? minorCount : majorCount),
  );
}
