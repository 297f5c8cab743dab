import { type StoredType, storedBytes } from '../stored-values.ts';
import type { LabelColumn } from './label-column.ts';
import type { LatentFormat, LatentNames } from './latent-file.ts';

/** Where the rows behind the given ones come from; s rows. */
export interface RowProvenance {
  /** [s, 2]: given rows. */
  readonly parents: Uint32Array;
  /** [s, 2]: their weights. */
  readonly weights: Float64Array;
  /** [s] */
  readonly methods: readonly string[];
}

/** All of a file of latents but the latents themselves, which follow block by block. */
export interface LatentContent {
  /** Rows that were given. */
  readonly n: number;
  /** Rows behind them. */
  readonly newCount: number;
  readonly d: number;
  readonly type: StoredType;
  readonly names: LatentNames;
  /** Of all rows. */
  readonly labels: LabelColumn;
  readonly provenance: RowProvenance;
  /** How the rows behind were made: options, versions, the source. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Pieces of rows, as they are stored: row-major, little-endian. */
export type StoredPieces = AsyncIterable<Uint8Array>;

/** The given rows, and those behind them. */
export interface LatentRows {
  readonly given: StoredPieces;
  readonly behind: AsyncIterable<Float32Array>;
}

/** The type that a format stores: parquet has no bfloat16, whose values float32 holds exactly. */
export function typeWithin(format: LatentFormat, type: StoredType): StoredType {
  return format === 'parquet' && type === 'bfloat16' ? 'float32' : type;
}

export const latentBytes = ({ n, newCount, d, type }: LatentContent) => (n + newCount) * d * storedBytes[type];
