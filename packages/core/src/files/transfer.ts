import { type FileHandle, open, rm } from 'node:fs/promises';
import { DataFormatError } from '@csx/wgsl-kernels';
import { guardWrite, writeAt } from './part-file.ts';
import { errorCode } from './storage-failure.ts';

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

/** A failure that another attempt may not meet. */
export class BrokenTransferError extends Error {}

/**
 * One connection: loads a file from byte `start` to its end.
 *
 * @throws BrokenTransferError where another attempt may do better; what came is kept.
 * @throws DataFormatError where it would not: no such file, or one of another size.
 */
export async function transfer(options: DownloadOptions, part: string, start: number): Promise<void> {
  const stall = new AbortController();
  const stalled = new BrokenTransferError(`nothing arrived for ${options.stallMs / 1000} s`);
  const signal = options.signal ? AbortSignal.any([options.signal, stall.signal]) : stall.signal;
  /** Awaits the network for at most the stall time, and tells its failures from those of the disk. */
  const arrives = async <T>(action: () => Promise<T>): Promise<T> => {
    const timer = setTimeout(() => stall.abort(stalled), options.stallMs);
    try {
      return await action();
    } catch (cause) {
      throw stall.signal.aborted ? stalled : new BrokenTransferError(reasonOf(cause), { cause });
    } finally {
      clearTimeout(timer);
    }
  };
  // Packed again on the way, the bytes could not be counted, nor the transfer taken up.
  const headers = { 'accept-encoding': 'identity', ...(start > 0 && { range: `bytes=${start}-` }) };
  let file: FileHandle | undefined;
  try {
    const response = await arrives(() => fetch(options.url, { headers, signal }));
    let at = await startOf(response, start, part, options);
    const length = response.headers.get('content-length');
    const announced = length === null ? undefined : at + Number(length);
    const total = options.expected?.bytes ?? announced;
    if (announced !== undefined && announced !== total) throw wrongSize(`${announced} bytes`, options);
    const most = total ?? options.maxBytes;
    if (most > options.maxBytes) throw wrongSize(`${most} bytes`, options);
    options.onProgress(at, total);
    const target = await guardWrite(part, () => open(part, at > 0 ? 'r+' : 'w'));
    file = target;
    const reader = response.body?.getReader();
    for (;;) {
      const chunk = (await arrives(async () => reader?.read()))?.value;
      if (chunk === undefined) break;
      if (at + chunk.length > most) {
        await guardWrite(part, () => rm(part, { force: true }));
        throw wrongSize(`${at + chunk.length} bytes or more`, options);
      }
      await guardWrite(part, () => writeAt(target, chunk, at));
      at += chunk.length;
      options.onProgress(at, total);
    }
    if (total !== undefined && at < total) {
      throw new BrokenTransferError(`the connection ended after ${at} of ${total} bytes`);
    }
  } finally {
    // Ends a connection that is not read to its end.
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
    await guardWrite(part, () => rm(part, { force: true }));
    throw new BrokenTransferError('the server went on at another place than asked');
  }
  if (status === 200) {
    const encoding = response.headers.get('content-encoding');
    if (encoding === null || encoding === 'identity') return 0;
    throw new DataFormatError(
      `${shownAddress(url)}: sent with content-encoding ${encoding}, asked for the file as it is`,
    );
  }
  if (status === 416) {
    // What we have is as long as the server's file, or longer.
    await guardWrite(part, () => rm(part, { force: true }));
    throw new BrokenTransferError('the file has become shorter');
  }
  const text = `the server answered ${status} ${response.statusText}`.trim();
  if (status >= 500 || status === 408 || status === 429) throw new BrokenTransferError(text);
  throw new DataFormatError(`${shownAddress(url)}: ${text}`, { hint: 'Check the address, or choose another source.' });
}

function wrongSize(got: string, { url, expected, maxBytes }: DownloadOptions): DataFormatError {
  return new DataFormatError(`${shownAddress(url)}: ${got}, expected ${expected?.bytes ?? `at most ${maxBytes}`}`, {
    hint: 'This is not the official file. Choose another source.',
  });
}

/** An address for messages, without a query, which may hold a secret. */
export function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** fetch only says "fetch failed"; why is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const reason = error.cause instanceof Error ? error.cause.message || errorCode(error.cause) : undefined;
  return reason ? `${error.message}: ${reason}` : error.message;
}
