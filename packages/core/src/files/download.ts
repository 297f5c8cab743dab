import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CsxError, DataFormatError } from '@csx/wgsl-kernels';
import { errorCode, isMissing, storageFailure } from './storage-failure.ts';

export interface DownloadOptions {
  /** http or https. */
  readonly url: string;
  /** Where the file goes; `path.part` while it is loading, and after a break, to go on from there. */
  readonly path: string;
  /** What the file must be; unknown for a copy that someone packed anew. */
  readonly expected: { readonly bytes: number; readonly sha256: string } | undefined;
  /** Most bytes to accept. */
  readonly maxBytes: number;
  /** A connection on which nothing arrives for so long is given up. */
  readonly stallMs: number;
  /** Wait before the first new attempt; doubled each time. */
  readonly retryDelayMs: number;
  readonly onProgress: (doneBytes: number, totalBytes: number | undefined) => void;
  readonly signal: AbortSignal | undefined;
}

/** Attempts in a row that brought nothing; one that brought something starts the count anew. */
const maxIdleAttempts = 3;
/** What counts as something: a server that sends a byte a connection must not keep us for ever. */
const minGainedBytes = 64 * 1024;

/** A failure that another attempt may not meet. */
class BrokenTransferError extends Error {}

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
  await guardStorage(part, () => mkdir(dirname(path), { recursive: true }));
  const resumed = (await sizeOf(part)) > 0;
  await transferAll(options, part);
  if (expected && !(await isExpected(part, expected))) {
    const got = await describe(part);
    await guardStorage(part, () => rm(part, { force: true }));
    // The beginning may be of an older file: once more, from the start.
    if (resumed) return download(options);
    throw new DataFormatError(
      `${shown(options.url)}: ${got}, expected ${expected.bytes} bytes, sha256 ${expected.sha256}`,
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
          `${shown(options.url)}: ${error.message}; ${maxIdleAttempts + 1} attempts brought nothing new`,
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

/** One connection: from byte `start` to the end, or to a failure. */
async function transfer(options: DownloadOptions, part: string, start: number): Promise<void> {
  const stall = new AbortController();
  const stalled = new BrokenTransferError(`nothing arrived for ${options.stallMs / 1000} s`);
  let timer = setTimeout(() => stall.abort(stalled), options.stallMs);
  const signal = options.signal ? AbortSignal.any([options.signal, stall.signal]) : stall.signal;
  let file: FileHandle | undefined;
  try {
    const response = await fetch(options.url, {
      // Packed again on the way, the bytes could not be counted, nor the transfer taken up.
      headers: { 'accept-encoding': 'identity', ...(start > 0 && { range: `bytes=${start}-` }) },
      signal,
    });
    const from = await startOf(response, start, part, options);
    const length = response.headers.get('content-length');
    const total = length === null ? undefined : from + Number(length);
    if (total !== undefined && options.expected && total !== options.expected.bytes)
      throw wrongSize(`${total} bytes`, options);
    checkBound(total ?? 0, options);
    let at = from;
    options.onProgress(at, options.expected?.bytes ?? total);
    file = await guardStorage(part, () => open(part, from > 0 ? 'r+' : 'w'));
    const target = file;
    const reader = response.body?.getReader();
    for (;;) {
      const chunk = (await reader?.read())?.value;
      if (chunk === undefined) break;
      clearTimeout(timer);
      timer = setTimeout(() => stall.abort(stalled), options.stallMs);
      checkBound(at + chunk.length, options);
      await guardStorage(part, () => target.write(chunk, 0, chunk.length, at));
      at += chunk.length;
      options.onProgress(at, options.expected?.bytes ?? total);
    }
    const end = options.expected?.bytes ?? total;
    if (end !== undefined && at < end)
      throw new BrokenTransferError(`the connection ended after ${at} of ${end} bytes`);
  } catch (cause) {
    if (cause instanceof CsxError || cause instanceof BrokenTransferError) throw cause;
    if (stall.signal.aborted) throw stalled;
    throw new BrokenTransferError(reasonOf(cause), { cause });
  } finally {
    clearTimeout(timer);
    stall.abort(stalled);
    await file?.close();
  }
}

/** Where the answer's bytes belong. */
async function startOf(response: Response, start: number, part: string, { url }: DownloadOptions): Promise<number> {
  const { status } = response;
  if (status === 206) {
    const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
    if (range && Number(range[1]) === start) return start;
    await rm(part, { force: true });
    throw new BrokenTransferError('the server went on at another place than asked');
  }
  if (status === 200) {
    const encoding = response.headers.get('content-encoding');
    if (encoding === null || encoding === 'identity') return 0;
    throw new DataFormatError(`${shown(url)}: sent with content-encoding ${encoding}, asked for the file as it is`);
  }
  if (status === 416) {
    // What we have is as long as the server's file, or longer.
    await rm(part, { force: true });
    throw new BrokenTransferError('the file has become shorter');
  }
  const text = `the server answered ${status} ${response.statusText}`.trim();
  if (status >= 500 || status === 408 || status === 429) throw new BrokenTransferError(text);
  throw new DataFormatError(`${shown(url)}: ${text}`, { hint: 'Check the address, or choose another source.' });
}

function checkBound(bytes: number, options: DownloadOptions): void {
  if (bytes > (options.expected?.bytes ?? options.maxBytes)) throw wrongSize(`${bytes} bytes or more`, options);
}

function wrongSize(got: string, { url, expected, maxBytes }: DownloadOptions): DataFormatError {
  return new DataFormatError(`${shown(url)}: ${got}, expected ${expected?.bytes ?? `at most ${maxBytes}`}`, {
    hint: 'This is not the official file. Choose another source.',
  });
}

async function isExpected(
  part: string,
  expected: { readonly bytes: number; readonly sha256: string },
): Promise<boolean> {
  return (await sizeOf(part)) === expected.bytes && (await hashOf(part)) === expected.sha256;
}

const describe = async (part: string): Promise<string> =>
  `got ${await sizeOf(part)} bytes, sha256 ${await hashOf(part)}`;

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  return guardStorage(path, async () => {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
    return hash.digest('hex');
  });
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if (isMissing(cause)) return 0;
    throw storageFailure('read', path, cause);
  }
}

async function guardStorage<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw storageFailure('write', path, cause);
  }
}

/** An address for messages, without a query, which may hold a secret. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** fetch only says "fetch failed"; why is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const reason = error.cause instanceof Error ? error.cause.message || errorCode(error.cause) : undefined;
  return reason ? `${error.message}: ${reason}` : error.message;
}
