import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFormatError } from '@csx/wgsl-kernels';
import type { Cifar10Release, OfficialFile } from '../data/cifar10-layout.ts';
import type { FetchOptions } from './cifar10-sources.ts';
import { download } from './download.ts';
import { isMissing, storageFailure } from './storage-failure.ts';
import { shownAddress } from './transfer.ts';
import { unpackArchive } from './unpack-archive.ts';

/** The official archive unpacks to 184 MB; someone's own may be packed less well. */
const maxArchiveBytes = 256 * 2 ** 20;

/**
 * Gets the official files from a tar archive: the official one, or one at the caller's address. Their hashes are not
 * checked here.
 *
 * @param directory where the archive is loaded to, and removed from.
 */
export async function* cifar10FromArchive(
  source: 'url' | 'official',
  directory: string,
  options: FetchOptions,
  release: Cifar10Release,
): AsyncGenerator<[OfficialFile, Uint8Array]> {
  const { archive } = release;
  const url = source === 'url' && options.url !== undefined ? options.url : archive.url;
  // One partial file an address: the beginning of one archive is not that of another.
  const name =
    source === 'official' ? archive.name : `${createHash('sha256').update(url).digest('hex').slice(0, 16)}.download`;
  const path = join(directory, name);
  await download({
    url,
    path,
    expected: source === 'official' ? archive : undefined,
    maxBytes: maxArchiveBytes,
    stallMs: options.stallMs ?? 30_000,
    retryDelayMs: options.retryDelayMs ?? 1000,
    onProgress: (doneBytes, totalBytes) => options.onProgress?.({ kind: 'download', source, doneBytes, totalBytes }),
    signal: options.signal,
  });
  try {
    const contents = await unpackArchive(
      await readDownloaded(path),
      shownAddress(url),
      new Map(release.files.map((file) => [file.name, file.bytes])),
    );
    for (const file of release.files) {
      const bytes = contents.get(file.name);
      if (!bytes)
        throw new DataFormatError(
          `${shownAddress(url)}: the archive holds no ${file.name} of at most ${file.bytes} bytes`,
        );
      yield [file, bytes];
    }
  } finally {
    await rm(path, { force: true });
  }
}

async function readDownloaded(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (isMissing(cause))
      throw new DataFormatError(`${path}: was taken away by another process`, {
        hint: 'Run the same command again.',
        cause,
      });
    throw storageFailure('read', path, cause);
  }
}
