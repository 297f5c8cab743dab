import { classesOf } from './check-resample-input.ts';
import { type ResampleOptions, type ResampleOptionsInput, readResampleOptions } from './resample-options.ts';
import { type ResolvedCount, resolveSamplingStrategy } from './sampling-strategy.ts';

/** A class that has fewer rows than the sampler's neighbors ask for. */
export interface SmallClass {
  readonly label: number;
  readonly rowCount: number;
  /** Neighbors of its own class that the options want. */
  readonly wanted: number;
  /** Neighbors that there are: all other rows of the class. With none, its only row is repeated. */
  readonly used: number;
}

/** What a sampler will do, known from labels and options alone. */
export interface ResamplePlan {
  readonly options: ResampleOptions;
  /** All classes, by label. */
  readonly counts: readonly ResolvedCount[];
  readonly smallClasses: readonly SmallClass[];
  /** What a user should know before it starts, a sentence each. */
  readonly notes: readonly string[];
}

/** How many neighbors of their own class rows are blended with; 0 where a sampler looks for none. */
function ownNeighbors(options: ResampleOptions): number {
  return options.sampler === 'smote' ? options.k : 0;
}

/**
 * The resolved counts, and which classes are too small for the neighbors wanted, before anything is computed. Such a class
 * is blended with all its other rows instead; the only row of a class is repeated.
 *
 * @throws {InvalidOptionError} options that are unknown, out of range or ask for fewer rows than there are.
 * @throws {InvalidInputError} labels that are not whole numbers from 0, or of one class only.
 */
export function planResample(labels: ArrayLike<number>, input: ResampleOptionsInput): ResamplePlan {
  const options = readResampleOptions(input);
  const counts = resolveSamplingStrategy(classesOf(labels), options.samplingStrategy);
  const wanted = ownNeighbors(options);
  const smallClasses = counts
    .filter(({ originalCount, newCount }) => newCount > 0 && originalCount <= wanted)
    .map(({ label, originalCount }) => ({ label, rowCount: originalCount, wanted, used: originalCount - 1 }));
  const largest = Math.max(...counts.map(({ originalCount }) => originalCount));
  const notes = [
    ...smallClasses.map(({ label, rowCount, used }) =>
      used === 0
        ? `Class ${label} has one row and so no neighbor: the row is repeated.`
        : `Class ${label} has ${rowCount} rows: its rows are blended with all ${used} others instead of ${wanted} neighbors.`,
    ),
    ...counts
      .filter(({ originalCount, newCount }) => originalCount + newCount > largest)
      .map(
        ({ label, originalCount, newCount }) =>
          `Class ${label} will have ${originalCount + newCount} rows, more than the largest class has (${largest}).`,
      ),
  ];
  return { options, counts, smallClasses, notes };
}
