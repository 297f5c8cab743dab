/**
 * Draws the mini sample of CIFAR-10 that lies in `mini-cifar10`, from a directory with the official files:
 *
 *   npm run build && npx deno run -A packages/core/scripts/draw-mini-cifar10.ts <directory>
 *
 * The rule: `makeSplit` with the seed and counts below, so 170 training and 60 test images of each class. The manifest
 * names the official row of every image. zlib packs differently on Node, Bun and Deno, so the files are left alone
 * where they hold these images already: running it again is a check.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { CsxError } from '@csx/wgsl-kernels';
import type { ImageDataset, ImageSet } from '../src/data/image-set.ts';
import { type MiniManifest, miniCifar10Files } from '../src/data/mini-cifar10.ts';
import { makeSplit } from '../src/data/split.ts';
import { loadCifar10 } from '../src/files/cifar10-directory.ts';
import { loadMiniCifar10 } from '../src/files/mini-cifar10.ts';
import { encodeRgbPng } from './encode-png.ts';
import { takeRows } from './take-rows.ts';

const seed = 10;
const trainCount = 170;
const testCount = 60;
const folder = new URL('../mini-cifar10/', import.meta.url);

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  throw new Error('draw-mini-cifar10: name the directory that holds the official CIFAR-10 files');
}
const dataset = await loadCifar10(directory);
const trainCounts = dataset.classNames.map(() => trainCount);
const split = makeSplit(dataset, { seed, trainCounts, heldOutCount: 0, testCount });
const train = takeRows(dataset.train, split.train);
const test = takeRows(dataset.test, split.test);

const present = await presentSample();
if (present && sameImages(present.train, train) && sameImages(present.test, test)) {
  console.error('mini-cifar10: the files hold exactly these images');
} else {
  const manifest: MiniManifest = {
    schemaVersion: 1,
    name: 'mini-cifar10',
    description:
      'A sample of CIFAR-10: a PNG of 32 pixels width, the images of 32 x 32 pixels below each other, class by class.',
    source: 'CIFAR-10 by Alex Krizhevsky, Vinod Nair and Geoffrey Hinton, https://www.cs.toronto.edu/~kriz/cifar.html',
    rule: `makeSplit with seed ${seed}: ${trainCount} rows of each class of data_batch_1 to 5 (rows 0 to 49999) and ${testCount} of test_batch`,
    seed,
    classNames: [...dataset.classNames],
    train: await writePart(train, split.train, miniCifar10Files.train),
    test: await writePart(test, split.test, miniCifar10Files.test),
  };
  // A list of numbers on one line each: a line a number would make the file 4000 lines long.
  const text = JSON.stringify(manifest, null, 2).replace(/\[[\d,\s]+\]/g, (list) => list.replace(/\s+/g, ''));
  await writeFile(new URL(miniCifar10Files.manifest, folder), `${text}\n`);
  console.error(`mini-cifar10: drew ${manifest.train.bytes + manifest.test.bytes} bytes of images`);
}

/** The sample as it lies there; undefined where there is none, or a damaged one. */
async function presentSample(): Promise<ImageDataset | undefined> {
  try {
    return await loadMiniCifar10();
  } catch (error) {
    if (error instanceof CsxError) return undefined;
    throw error;
  }
}

function sameImages(a: ImageSet, b: ImageSet): boolean {
  return Buffer.compare(a.pixels, b.pixels) === 0 && Buffer.compare(a.labels, b.labels) === 0;
}

async function writePart(images: ImageSet, rows: Uint32Array, file: string): Promise<MiniManifest['train']> {
  const png = encodeRgbPng(images.pixels, images.width, images.height * images.n);
  await writeFile(new URL(file, folder), png);
  return {
    file,
    bytes: png.length,
    sha256: createHash('sha256').update(png).digest('hex'),
    labels: [...images.labels],
    officialRows: [...rows],
  };
}
