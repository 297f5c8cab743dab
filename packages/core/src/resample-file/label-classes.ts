import { InvalidOptionError } from '@csx/wgsl-kernels';
import type { LabelColumn } from '../files/latent-files/label-column.ts';
import type { SamplingStrategy } from '../samplers/resample-options.ts';

/** Labels as samplers and classifiers number them. */
export interface LabelClasses {
  /** [n] */
  readonly labels: Uint32Array;
  /** Numbers go up to one less. */
  readonly classCount: number;
  nameOf(label: number): string;
  /** Where the class stands in the column's names, and back. */
  indexOf(label: number): number;
  numberOf(index: number): number;
}

/** Larger integers are identifiers, not columns of a classifier. */
const maxLabel = 65_535;

/**
 * The numbers of classes: integers from 0 on are their own, so that label 3 is column 3 of a classifier; text and other
 * integers are numbered in their order.
 */
export function numberClasses({ type, classNames, indices }: LabelColumn): LabelClasses {
  const values = classNames.map(Number);
  const isOwn = type !== 'string' && values.every((value) => value >= 0 && value <= maxLabel);
  if (!isOwn || values.every((value, at) => value === at))
    return {
      labels: indices,
      classCount: classNames.length,
      nameOf: (label) => classNames[label],
      indexOf: (label) => label,
      numberOf: (index) => index,
    };
  const places = new Map(values.map((value, at) => [value, at]));
  return {
    labels: indices.map((index) => values[index]),
    classCount: Math.max(...values) + 1,
    nameOf: String,
    indexOf: (label) => places.get(label) ?? 0,
    numberOf: (index) => values[index],
  };
}

/** A strategy whose counts are given by class names. */
export type NamedStrategy = Exclude<SamplingStrategy, object> | Readonly<Record<string, number>>;

/** The same by number; throws InvalidOptionError for a name that is none. */
export function numberStrategy(
  strategy: NamedStrategy,
  { classNames }: LabelColumn,
  classes: LabelClasses,
): SamplingStrategy {
  if (typeof strategy !== 'object') return strategy;
  const numbers = new Map(classNames.map((name, index) => [name, classes.numberOf(index)]));
  return Object.fromEntries(
    Object.entries(strategy).map(([name, count]) => {
      const label = numbers.get(name);
      if (label === undefined)
        throw new InvalidOptionError(`resample: no class is called ${name}, expected one of ${classNames.join(', ')}`);
      return [String(label), count];
    }),
  );
}
