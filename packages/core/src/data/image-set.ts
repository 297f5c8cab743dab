/** Labelled images, channels last as tfjs wants them. */
export interface ImageSet {
  /** [n, height, width, channels] of bytes. */
  readonly pixels: Uint8Array;
  /** [n] class indices. */
  readonly labels: Uint8Array;
  readonly n: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A data set with its own test part. */
export interface ImageDataset {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** file -> sha256 of the bytes that were read. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** Rows of a data set's train part (`train`, `heldOut`) and test part (`test`), ascending within a class, class by class. */
export interface Split {
  readonly train: Uint32Array;
  readonly heldOut: Uint32Array;
  readonly test: Uint32Array;
  /** [c] training rows of each class. */
  readonly classCounts: Uint32Array;
}
