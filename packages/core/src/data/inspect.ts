import { countClasses } from './class-counts.ts';
import type { ImageDataset, ImageSet } from './image-set.ts';
import { channelStatistics } from './standardize.ts';

/** What one part of a data set holds. */
export interface PartInspection {
  readonly n: number;
  /** Images of each class, in the order of the class names. */
  readonly classCounts: readonly number[];
  /** Largest class / smallest class, 1 or more; null where a class has no image. */
  readonly imbalanceRatio: number | null;
}

/** A data set at a glance; plain values, for JSON. */
export interface DatasetInspection {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly train: PartInspection;
  readonly test: PartInspection;
  /** Mean and population deviation of each channel over the train part, in pixel values 0 to 255. */
  readonly channelMean: readonly number[];
  readonly channelStd: readonly number[];
  /** file -> sha256 of the bytes that were read. */
  readonly hashes: Readonly<Record<string, string>>;
}

/**
 * Counts and measures a data set.
 *
 * @throws InvalidInputError for a label that is not a class, or no training images.
 */
export function inspectDataset(dataset: ImageDataset): DatasetInspection {
  const { name, classNames, train, test, hashes } = dataset;
  const { mean, std } = channelStatistics(train);
  return {
    name,
    classNames: [...classNames],
    height: train.height,
    width: train.width,
    channels: train.channels,
    train: inspectPart(train, classNames.length),
    test: inspectPart(test, classNames.length),
    channelMean: mean,
    channelStd: std,
    hashes: { ...hashes },
  };
}

function inspectPart(images: ImageSet, classCount: number): PartInspection {
  const classCounts = [...countClasses(images.labels, classCount)];
  const smallest = Math.min(...classCounts);
  return { n: images.n, classCounts, imbalanceRatio: smallest === 0 ? null : Math.max(...classCounts) / smallest };
}
