import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { benchRecordSchema } from '../record.ts';
import type { PageHub } from './page-hub.ts';
import type { FromWorker, Notice, PageFacts, Welcome } from './page-protocol.ts';

// From `src` (tests) as from `dist`.
const packageFolder = fileURLToPath(new URL('../../', import.meta.url));
const pageFolder = join(packageFolder, 'page');
const scriptFolders = ['page', 'page-others'].map((name) => join(packageFolder, 'dist', name));
const folderOfScript = (file: string) => scriptFolders.find((folder) => existsSync(join(folder, file)));

/** ONNX Runtime for browsers loads its other files from beside itself, so that it is served as it is installed. */
function onnxRuntimeFolder(): string {
  const core = createRequire(import.meta.url).resolve('@csx/core');
  return dirname(createRequire(core).resolve('onnxruntime-web'));
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** Isolated from other origins, a page's clock is 20 times finer. Nothing is fetched from elsewhere, nothing is sent there. */
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src data:",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

const fileName = /^[\w-][\w.-]*$/;

/** The benchmark's page, and what it fetches and sends, for programs of this machine that know the token. */
export async function startPageServer(hub: PageHub, notice: (text: string) => void) {
  const token = randomBytes(16).toString('hex');
  const shared: string[] = [];
  const share = (path: string) => {
    const known = shared.indexOf(path);
    return known >= 0 ? known : shared.push(path) - 1;
  };

  async function sendFile(response: ServerResponse, folder: string | undefined, name: string): Promise<void> {
    const file = folder === undefined || !fileName.test(name) ? undefined : join(folder, name);
    if (file === undefined || !existsSync(file)) return void response.writeHead(404).end();
    response.setHeader('content-type', types[extname(name)] ?? 'application/octet-stream');
    response.setHeader('content-length', (await stat(file)).size);
    await pipeline(createReadStream(file), response);
  }

  function sendEvents(number: number, response: ServerResponse): void {
    const left = hub.connect(number, (message) => void response.write(`data: ${JSON.stringify(message)}\n\n`));
    if (left === undefined) return void response.writeHead(409).end();
    response.on('close', left);
    response.setHeader('content-type', 'text/event-stream').flushHeaders();
  }

  function welcome(facts: PageFacts, response: ServerResponse): void {
    // What a record could not hold is not measured in the first place.
    benchRecordSchema.shape.runtime.parse(facts.runtime);
    benchRecordSchema.shape.adapter.unwrap().parse(facts.adapter);
    const answer = hub.announce(facts);
    if (typeof answer === 'string') response.writeHead(409).end(answer);
    else response.end(JSON.stringify({ page: answer } satisfies Welcome));
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, given, room, name = '', file = ''] = pathname.split('/');
    if (given !== token || room === undefined) {
      return void response.writeHead(403).end('The address is not the one that the command printed.');
    }
    switch (`${request.method} ${room}`) {
      case 'GET ':
        return sendFile(response, pageFolder, 'index.html');
      case 'GET style.css':
        return sendFile(response, pageFolder, room);
      case 'GET scripts':
        return sendFile(response, folderOfScript(name), name);
      case 'GET onnxruntime':
        return sendFile(response, onnxRuntimeFolder(), name);
      case 'GET arrays':
        return sendFile(response, shared[Number(name)], file);
      case 'PUT results':
        if (shared[Number(name)] === undefined) break;
        await pipeline(request, createWriteStream(shared[Number(name)]));
        return void response.end();
      case 'GET events':
        return sendEvents(Number(searchParams.get('page')), response);
      case 'POST hello':
        return welcome(JSON.parse(await text(request)) as PageFacts, response);
      case 'POST answers':
        hub.answered(JSON.parse(await text(request)) as FromWorker);
        return void response.end();
      case 'POST notices':
        notice((JSON.parse(await text(request)) as Notice).text);
        return void response.end();
    }
    response.writeHead(404).end();
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => {
      // The page has gone, or what it sent makes no sense.
      if (response.headersSent) response.destroy();
      else response.writeHead(400).end(error.message);
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${token}/`,
    hasScript: (name: string) => folderOfScript(`${name}.js`) !== undefined,
    /** Where the page reads a folder's files, and where it writes a file. */
    shareFolder: (path: string) => `/${token}/arrays/${share(path)}`,
    shareFile: (path: string) => `/${token}/results/${share(path)}`,
    async close(): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export type PageServer = Awaited<ReturnType<typeof startPageServer>>;
