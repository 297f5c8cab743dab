/**
 * Draws the mini sample of CIFAR-10 that lies in `mini-cifar10`, from a directory with the official files:
 *
 *   npm run build && npx deno run -A packages/core/scripts/draw-mini-cifar10.ts <directory>
 *
 * The rule: `makeSplit` with the seed and counts below, so 170 training and 60 test images of each class.
 * The manifest names the official row of every image. Running it again gives the same files, byte by byte,
 * as long as zlib packs the same.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { ImageSet } from '../src/data/image-set.ts';
import { type MiniManifest, miniCifar10Files } from '../src/data/mini-cifar10.ts';
import { makeSplit } from '../src/data/split.ts';
import { loadCifar10 } from '../src/files/cifar10-directory.ts';
import { encodeRgbPng } from './encode-png.ts';

const seed = 10;
const trainCount = 170;
const testCount = 60;

function drawPart(images: ImageSet, rows: Uint32Array, file: string): { png: Uint8Array; part: MiniManifest['train'] } {
  const { height, width, channels } = images;
  const imageBytes = height * width * channels;
  const pixels = new Uint8Array(rows.length * imageBytes);
  rows.forEach((row, i) =>
    pixels.set(images.pixels.subarray(row * imageBytes, (row + 1) * imageBytes), i * imageBytes),
  );
  const png = encodeRgbPng(pixels, width, height * rows.length);
  return {
    png,
    part: {
      file,
      bytes: png.length,
      sha256: createHash('sha256').update(png).digest('hex'),
      labels: Array.from(rows, (row) => images.labels[row]),
      officialRows: [...rows],
    },
  };
}

const [directory] = process.argv.slice(2);
if (directory === undefined)
  throw new Error('draw-mini-cifar10: name the directory that holds the official CIFAR-10 files');
const dataset = await loadCifar10(directory);
const split = makeSplit(dataset, {
  seed,
  trainCounts: dataset.classNames.map(() => trainCount),
  heldOutCount: 0,
  testCount,
});
const train = drawPart(dataset.train, split.train, miniCifar10Files.train);
const test = drawPart(dataset.test, split.test, miniCifar10Files.test);
const manifest: MiniManifest = {
  schemaVersion: 1,
  name: 'mini-cifar10',
  description:
    'A sample of CIFAR-10: a PNG of 32 pixels width, the images of 32 x 32 pixels below each other, class by class.',
  source: 'CIFAR-10 by Alex Krizhevsky, Vinod Nair and Geoffrey Hinton, https://www.cs.toronto.edu/~kriz/cifar.html',
  rule: `makeSplit with seed ${seed}: ${trainCount} rows of each class of data_batch_1 to 5 (rows 0 to 49999) and ${testCount} of test_batch`,
  seed,
  classNames: [...dataset.classNames],
  train: train.part,
  test: test.part,
};
// A list of numbers on one line each: a line a number would make the file 4000 lines long.
const text = JSON.stringify(manifest, null, 2).replace(/\[[\d,\s]+\]/g, (list) => list.replace(/\s+/g, ''));
const folder = new URL('../mini-cifar10/', import.meta.url);
await writeFile(new URL(miniCifar10Files.train, folder), train.png);
await writeFile(new URL(miniCifar10Files.test, folder), test.png);
await writeFile(new URL(miniCifar10Files.manifest, folder), `${text}\n`);
console.error(`mini-cifar10: ${train.png.length + test.png.length + text.length} bytes in three files`);
