import type { FileStore } from '../files/file-store.ts';
import { type RunIdentity, writeIdentity } from './run-identity.ts';

/** One stretch of work on a run, from its start or a resume to its end or to an interruption. */
export interface Sitting {
  /** The run as it stands, with the time and memory of this sitting added. */
  soFar(): RunIdentity;
  /** Keeps what a later sitting adds its own to. */
  save(): Promise<void>;
  /**
   * Writes a file that a later sitting goes on from. The time is kept first: should the process be killed between the
   * two, the run's time is never less than what its files say of their own.
   */
  checkpoint(name: string, bytes: Uint8Array): Promise<void>;
}

/**
 * @param identity of `openRun`
 * @param start when the sitting began, on the clock of `performance.now`
 */
export function startSitting(
  { files, peakMemoryBytes }: { readonly files: FileStore; readonly peakMemoryBytes: () => number },
  identity: RunIdentity,
  start: number,
): Sitting {
  const soFar = () => ({
    ...identity,
    peakMemoryBytes: Math.max(identity.peakMemoryBytes, peakMemoryBytes()),
    elapsedMs: identity.elapsedMs + performance.now() - start,
  });
  const save = () => writeIdentity(files, soFar());
  return {
    soFar,
    save,
    async checkpoint(name, bytes) {
      await save();
      await files.write(name, bytes);
    },
  };
}
