import type { FileSlice } from '../file-slice.ts';
import type { StoredMatrix } from '../stored-matrix.ts';
import type { LabelColumn } from './label-column.ts';

/** Formats of files of latents, by the ending of their names. */
export const latentFormats = ['npz', 'npy', 'safetensors', 'parquet', 'csv'] as const;
export type LatentFormat = (typeof latentFormats)[number];

/** What a file calls its parts; a file made of it calls them the same. */
export interface LatentNames {
  /** The array of latents; of columns a latent's value each, what they begin with. */
  readonly latents: string;
  readonly labels: string;
  /** Where every value of a latent has a column of its own: all columns, the labels' among them, in order. */
  readonly columns?: readonly string[];
}

/** An open file of latents, a row each, and their labels. Rows are read as they are asked for. */
export interface LatentFile extends StoredMatrix {
  readonly format: LatentFormat;
  readonly names: LatentNames;
  readonly labels: LabelColumn;
  /** What else the file holds. */
  readonly others: readonly string[];
  /** Of a csv file without other columns: its text, for a copy that keeps every cell as it is written. */
  readonly text?: FileSlice;
  close(): Promise<void>;
}

export interface OpenLatentsOptions {
  /** The array or column of the latents, where the file does not leave one choice. */
  readonly latents?: string | undefined;
  /** The array or column of the labels, likewise; for an `.npy` file, the `.npy` file of its labels. */
  readonly labels?: string | undefined;
  /** Where rows go that cannot be read in place (compressed, column by column, or text). */
  readonly scratchDirectory: string;
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Names beginning so are what we write about synthetic rows; they are no part of a latent. */
export const reservedPrefix = 'csx_';
