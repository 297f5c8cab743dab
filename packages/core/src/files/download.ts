import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DataFormatError, StorageError } from '@csx/wgsl-kernels';
import { guardWrite, hashOf, sizeOf } from './part-file.ts';
import { isMissing, storageFailure } from './storage-failure.ts';
import { BrokenTransferError, type DownloadOptions, shownAddress, transfer } from './transfer.ts';

/** Attempts in a row that brought nothing; one that brought something starts the count anew. */
const maxIdleAttempts = 3;
/** What counts as something: a server that sends a byte a connection must not keep us for ever. */
const minGainedBytes = 64 * 1024;

/**
 * Downloads a file. After a break it goes on where it stopped (HTTP Range), also in a later process. The size is
 * checked, then the sha256, and only then does the file get its name. Two processes may load the same file at one
 * time: they write the same bytes to the same places, and the check finds what did not go well.
 *
 * @throws DataFormatError where the server has no such file, sends another one, or keeps breaking off.
 * @throws StorageError where it cannot be written.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { path, expected } = options;
  const part = `${path}.part`;
  await guardWrite(part, () => mkdir(dirname(path), { recursive: true }));
  const resumed = (await sizeOf(part)) > 0;
  try {
    await transferAll(options, part);
  } catch (error) {
    // A full disk must not stay full of what cannot be finished. Why the part cannot be removed would say no more.
    if (error instanceof StorageError) await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
  if (expected && !(await isExpected(part, expected))) {
    const got = await describe(part);
    await guardWrite(part, () => rm(part, { force: true }));
    // The beginning may be of an older file: once more, from the start.
    if (resumed) return download(options);
    throw new DataFormatError(
      `${shownAddress(options.url)}: ${got}, expected ${expected.bytes} bytes, sha256 ${expected.sha256}`,
      {
        hint: 'This is not the official file. Choose another source.',
      },
    );
  }
  try {
    await rename(part, path);
  } catch (cause) {
    if (!isMissing(cause)) throw storageFailure('write', path, cause);
    throw new DataFormatError(`${part}: was taken away by another process`, {
      hint: 'Run the same command again.',
      cause,
    });
  }
}

async function transferAll(options: DownloadOptions, part: string): Promise<void> {
  const { expected, signal, retryDelayMs } = options;
  let idle = 0;
  for (;;) {
    signal?.throwIfAborted();
    const before = await sizeOf(part);
    if (before === expected?.bytes) return;
    try {
      return await transfer(options, part, before);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof BrokenTransferError)) throw error;
      idle = (await sizeOf(part)) - before >= minGainedBytes ? 1 : idle + 1;
      if (idle > maxIdleAttempts) {
        throw new DataFormatError(
          `${shownAddress(options.url)}: ${error.message}; ${maxIdleAttempts + 1} attempts brought nothing new`,
          {
            hint: 'What was loaded is kept: run the same command again to go on, or choose another source.',
            cause: error,
          },
        );
      }
    }
    await delay(retryDelayMs * 2 ** (idle - 1), undefined, { ...(signal && { signal }) }).catch(() =>
      signal?.throwIfAborted(),
    );
  }
}

async function isExpected(
  part: string,
  expected: { readonly bytes: number; readonly sha256: string },
): Promise<boolean> {
  return (await sizeOf(part)) === expected.bytes && (await hashOf(part)) === expected.sha256;
}

const describe = async (part: string): Promise<string> =>
  `got ${await sizeOf(part)} bytes, sha256 ${await hashOf(part)}`;
