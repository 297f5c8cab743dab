import { InvalidInputError, InvalidOptionError } from '@csx/wgsl-kernels';

export interface SizeOptions {
  /** A class with fewer rows than this share of the largest class is minor; in [0, 1]. */
  readonly minorRatio: number;
  /** The minor classes by hand, instead of by ratio. */
  readonly minors?: readonly number[] | undefined;
}

/** Classes by size, each list ascending; together they are all classes. */
export interface Sizes {
  readonly minors: readonly number[];
  readonly majors: readonly number[];
}

/**
 * Which classes need help: `EstimateSize` of the paper's algorithms. Class k is minor when
 * `classCounts[k] < minorRatio * max(classCounts)`, or when `minors` names it.
 *
 * @throws {InvalidInputError} a class without rows, or no minor or no major class by ratio.
 * @throws {InvalidOptionError} `minorRatio` outside [0, 1], or `minors` unknown, repeated, none or all.
 */
export function estimateSizes(classCounts: ArrayLike<number>, options: SizeOptions): Sizes {
  const counts = Array.from(classCounts);
  const empty = counts.indexOf(0);
  if (empty >= 0)
    throw new InvalidInputError(`sizes: class ${empty} has no training rows`, {
      hint: 'give it images, or leave the class out',
    });
  const classes = counts.map((_, k) => k);
  if (options.minors) {
    checkMinors(options.minors, counts.length);
    const minors = new Set(options.minors);
    return { minors: classes.filter((k) => minors.has(k)), majors: classes.filter((k) => !minors.has(k)) };
  }
  const { minorRatio } = options;
  if (!(minorRatio >= 0 && minorRatio <= 1))
    throw new InvalidOptionError(`sizes: minorRatio is ${minorRatio}, expected 0 to 1`);
  const threshold = minorRatio * Math.max(...counts);
  const minors = classes.filter((k) => counts[k] < threshold);
  // The largest class is never below a ratio of at most 1, so some class is major unless there is none at all.
  if (minors.length === 0)
    throw new InvalidInputError(
      `sizes: no minor class, the counts are ${counts.join(', ')} and none is below ${minorRatio} of the largest`,
      { hint: 'raise minorRatio, list the minor classes, or make the classes unequal' },
    );
  return { minors, majors: classes.filter((k) => counts[k] >= threshold) };
}

function checkMinors(minors: readonly number[], classCount: number): void {
  const unknown = minors.find((k) => !Number.isInteger(k) || k < 0 || k >= classCount);
  if (unknown !== undefined)
    throw new InvalidOptionError(`sizes: minors has ${unknown}, expected classes from 0 to ${classCount - 1}`);
  if (new Set(minors).size !== minors.length)
    throw new InvalidOptionError(`sizes: minors repeats a class: ${minors.join(', ')}`);
  if (minors.length === 0) throw new InvalidOptionError('sizes: minors is empty, expected at least one class');
  if (minors.length === classCount)
    throw new InvalidOptionError(`sizes: all ${classCount} classes are minor, expected at least one major`);
}
