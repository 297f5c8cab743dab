/**
 * Named byte files of one run: a directory on disk, or memory in a browser and in tests.
 * Names use `/` and never leave the store.
 */
export interface FileStore {
  /** A line for people: where the files are. */
  readonly location: string;
  read(name: string): Promise<Uint8Array | undefined>;
  /** Replaces the file in one step: a reader (or a crash) sees the old content or the new, never a part. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  /** Names of all files, sorted. */
  list(): Promise<string[]>;
}
