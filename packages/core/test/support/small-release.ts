import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { packTar } from 'modern-tar';
import { type Cifar10Release, cifar10PlaneBytes, type OfficialFile } from '../../src/data/cifar10-layout.ts';
import { serializeCifar10Records } from '../../src/data/cifar10-records.ts';
import type { ImageSet } from '../../src/data/image-set.ts';
import { createStream } from '../../src/random/stream.ts';

/** A release of the official form with 100 made-up images a file, its bytes, and the archive that holds them. */
export interface SmallRelease {
  readonly release: Cifar10Release;
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly tar: Uint8Array;
  readonly archive: Uint8Array;
  /** The images of each file, by name. */
  readonly images: ReadonlyMap<string, ImageSet>;
}

const n = 100;
const hash = (kind: string, bytes: Uint8Array): string => createHash(kind).update(bytes).digest('hex');

/** @param archiveUrl where the official archive is said to be. */
export async function createSmallRelease(archiveUrl: string): Promise<SmallRelease> {
  const stream = createStream(0, 'testData', 5);
  const contents = new Map<string, Uint8Array>();
  const images = new Map<string, ImageSet>();
  const files: OfficialFile[] = [];
  for (const name of ['data_batch_1.bin', 'data_batch_2.bin', 'test_batch.bin']) {
    const set = {
      pixels: Uint8Array.from({ length: n * 3 * cifar10PlaneBytes }, () => stream.uint32()),
      labels: Uint8Array.from({ length: n }, () => stream.below(10)),
      n,
      height: 32,
      width: 32,
      channels: 3,
    };
    const bytes = serializeCifar10Records(set);
    images.set(name, set);
    contents.set(name, bytes);
    files.push({
      name,
      part: name.startsWith('data') ? 'train' : 'test',
      bytes: bytes.length,
      md5: hash('md5', bytes),
      sha256: hash('sha256', bytes),
    });
  }
  const tar = await packTar([
    { header: { name: 'batches/', size: 0, type: 'directory' } },
    { header: { name: 'batches/readme.html', size: 5 }, body: 'hello' },
    ...[...contents].map(([name, bytes]) => ({ header: { name: `batches/${name}`, size: bytes.length }, body: bytes })),
  ]);
  const archive = gzipSync(tar);
  const release: Cifar10Release = {
    files,
    archive: {
      name: 'small.tar.gz',
      folder: 'batches',
      url: archiveUrl,
      bytes: archive.length,
      sha256: hash('sha256', archive),
    },
    npm: { spec: 'set by writeNpmPackage', labels: { train: 'train.json', test: 'test.json' } },
  };
  return { release, contents, tar, archive, images };
}

/** Writes an npm package with the same images into a folder, and names it in the release. */
export async function writeNpmPackage(small: SmallRelease, folder: string): Promise<Cifar10Release> {
  await mkdir(folder, { recursive: true });
  const labels = { train: [] as number[], test: [] as number[] };
  for (const file of small.release.files) {
    const set = small.images.get(file.name);
    if (!set) throw new Error(`no images of ${file.name}`);
    labels[file.part].push(...set.labels);
    const png = encode({ width: cifar10PlaneBytes, height: set.n, data: set.pixels, channels: 3, depth: 8 });
    await writeFile(join(folder, file.name.replace('.bin', '.png')), png);
  }
  await writeFile(join(folder, 'train.json'), JSON.stringify(labels.train));
  await writeFile(join(folder, 'test.json'), JSON.stringify(labels.test));
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'small-images', version: '1.0.0', scripts: { prepack: 'exit 1' } }),
  );
  return { ...small.release, npm: { ...small.release.npm, spec: folder } };
}
