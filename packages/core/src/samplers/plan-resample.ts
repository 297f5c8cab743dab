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
  switch (options.sampler) {
    case 'smote':
    case 'borderline-smote-1':
    case 'borderline-smote-2':
    case 'adasyn':
      return options.k;
    case 'ramo':
      return options.k2;
    default:
      return 0;
  }
}

/** The most neighbors of any class that a sampler looks at. */
function anyNeighbors(options: ResampleOptions): number {
  switch (options.sampler) {
    case 'borderline-smote-1':
    case 'borderline-smote-2':
      return options.m;
    case 'adasyn':
    case 'eos':
      return options.k;
    case 'mwmote':
    case 'ramo':
      return options.k1;
    default:
      return 0;
  }
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
  const largest = counts.reduce((most, { originalCount }) => Math.max(most, originalCount), 0);
  const n = labels.length;
  const around = anyNeighbors(options);
  const notes = [
    ...(n <= around ? [`There are ${n} rows: all ${n - 1} others count as neighbors, instead of ${around}.`] : []),
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
