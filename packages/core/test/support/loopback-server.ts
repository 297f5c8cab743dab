import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** An HTTP server on this machine, whose answers a test sets. */
export interface LoopbackServer {
  readonly url: string;
  /** Answers from now on; `count` is 0 for the first request after this. */
  answer(handler: Handler): void;
  /** The Range header of each request since then ('' for none). */
  readonly ranges: string[];
  close(): Promise<void>;
}

export async function startLoopbackServer(): Promise<LoopbackServer> {
  let handler: Handler = (_, response) => response.writeHead(500).end();
  const ranges: string[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range ?? '');
    handler(request, response, ranges.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ranges,
    answer(next) {
      handler = next;
      ranges.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Serves bytes as a file server does, Range included. `until` cuts the connection before that byte. */
export function serve(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  until = bytes.length,
): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const head = { 'content-length': bytes.length - start, 'accept-ranges': 'bytes' };
  if (start > 0)
    response.writeHead(206, { ...head, 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` });
  else response.writeHead(200, head);
  response.write(bytes.subarray(start, until), () => {
    // Ended, not destroyed: what was written leaves before the connection is gone.
    if (until < bytes.length) response.socket?.end();
    else response.end();
  });
}
