import { crc32, createInflateRaw } from 'node:zlib';
import { DataFormatError } from '@csx/wgsl-kernels';
import { type FileSlice, readSlice } from '../file-slice.ts';
import type { NpyHeader } from '../npy-header.ts';
import { floatTypeOf, npyMatrix, openNpy } from '../npy-matrix.ts';
import { createScratchFile, type ScratchFile } from '../scratch-file.ts';
import { maxDeflateRatio, type ZipEntry } from '../zip.ts';
import { packedSlice, readZipEntries, storedSlice } from '../zip-slice.ts';
import { checkPartName, choosePart, type Part } from './choose-parts.ts';
import type { LatentFile, OpenLatentsOptions } from './latent-file.ts';
import { labelTypeOf, readNpyLabels } from './npy-labels.ts';
import { copyRowMajor } from './row-major.ts';

/** Bytes that are read at a time. */
const chunkBytes = 2 ** 20;

interface Member extends Part {
  readonly slice: FileSlice;
  readonly header: NpyHeader;
  readonly entry: ZipEntry;
}

/**
 * Latents and labels in an `.npz` file: arrays that are stored are read in place, compressed ones from a scratch file
 * that they are unpacked into. Their CRC-32 is checked.
 */
export async function openNpzLatents(whole: FileSlice, options: OpenLatentsOptions): Promise<LatentFile> {
  const scratches: ScratchFile[] = [];
  const closeAll = async () => {
    for (const scratch of scratches) await scratch.close();
    await whole.file.close();
  };
  try {
    const members: Member[] = [];
    for (const entry of await readZipEntries(whole)) {
      if (entry.name.endsWith('.pkl'))
        throw new DataFormatError(`${whole.name}: holds ${entry.name}, a Python pickle, which is not read`, {
          hint: 'Save arrays with numpy.savez, or tensors with safetensors.torch.save_file.',
        });
      if (entry.name.endsWith('.npy')) members.push(await openMember(whole, entry, members, scratches, options));
    }
    const latents = choosePart(members, 'latents', options.latents, whole.name);
    const [n] = latents.header.shape;
    const able = members.filter(({ name, header }) => header.shape[0] === n || name === options.labels);
    const labels = choosePart(able, 'labels', options.labels, whole.name);
    for (const { slice, entry } of [latents, labels])
      if (entry.method === 0) await checkStoredBytes(slice, entry.crc, options);
    let matrix = npyMatrix(latents.slice, latents.header);
    if (latents.header.fortranOrder) {
      const copied = await copyRowMajor(matrix, options);
      scratches.push(copied.scratch);
      matrix = copied.matrix;
    }
    return {
      ...matrix,
      name: whole.name,
      format: 'npz',
      names: { latents: latents.name, labels: labels.name },
      labels: await readNpyLabels(labels.slice, labels.header),
      others: members.filter((member) => member !== latents && member !== labels).map(({ name }) => name),
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openMember(
  whole: FileSlice,
  entry: ZipEntry,
  before: readonly Member[],
  scratches: ScratchFile[],
  options: OpenLatentsOptions,
): Promise<Member> {
  const name = entry.name.slice(0, -'.npy'.length);
  checkPartName(name, whole.name);
  if (before.some((other) => other.name === name))
    throw new DataFormatError(`${whole.name}: ${entry.name} is there twice`);
  const slice =
    entry.method === 0 ? await storedSlice(whole, entry) : await unpackMember(whole, entry, scratches, options);
  const header = await openNpy(slice);
  const { descriptor, shape } = header;
  return {
    name,
    slice,
    header,
    entry,
    isLatents: shape.length === 2 && floatTypeOf(descriptor) !== undefined,
    isLabels: shape.length === 1 && labelTypeOf(descriptor) !== undefined,
    shown: `'${descriptor.text}', shape (${shape.join(', ')})`,
  };
}

/** Unpacks a deflated file piece by piece. */
async function unpackMember(
  whole: FileSlice,
  entry: ZipEntry,
  scratches: ScratchFile[],
  { scratchDirectory, onProgress, signal }: OpenLatentsOptions,
): Promise<FileSlice> {
  const packed = await packedSlice(whole, entry);
  if (entry.method !== 8)
    throw new DataFormatError(`${packed.name}: compression method ${entry.method}, expected 0 (stored) or 8 (deflate)`);
  if (entry.bytes > entry.packedBytes * maxDeflateRatio)
    throw new DataFormatError(`${packed.name}: ${entry.packedBytes} packed bytes cannot hold ${entry.bytes}`);
  const scratch = await createScratchFile(scratchDirectory);
  scratches.push(scratch);
  const inflate = createInflateRaw({ chunkSize: chunkBytes });
  const feeding = (async () => {
    for (let at = 0; at < packed.bytes; at += chunkBytes) {
      const chunk = await readSlice(packed, at, Math.min(chunkBytes, packed.bytes - at));
      if (!inflate.write(chunk)) await new Promise((resolve) => inflate.once('drain', resolve));
    }
    inflate.end();
  })();
  feeding.catch((error: Error) => inflate.destroy(error));
  let done = 0;
  let crc = 0;
  try {
    for await (const piece of inflate as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      if (done + piece.length > entry.bytes)
        throw new DataFormatError(`${packed.name}: unpacks to more than the ${entry.bytes} bytes that it says`);
      crc = crc32(piece, crc);
      await scratch.write(piece, done);
      done += piece.length;
      onProgress?.(done, entry.bytes);
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code?.startsWith('Z_'))
      throw new DataFormatError(`${packed.name}: not whole deflate data (${(cause as Error).message})`, { cause });
    throw cause;
  }
  if (done !== entry.bytes)
    throw new DataFormatError(`${packed.name}: unpacks to ${done} bytes, expected ${entry.bytes}`);
  checkCrc(crc, entry.crc, packed.name);
  return scratch.slice(packed.name, 0, done);
}

async function checkStoredBytes(slice: FileSlice, expected: number, { signal }: OpenLatentsOptions): Promise<void> {
  let crc = 0;
  for (let at = 0; at < slice.bytes; at += chunkBytes) {
    signal?.throwIfAborted();
    crc = crc32(await readSlice(slice, at, Math.min(chunkBytes, slice.bytes - at)), crc);
  }
  checkCrc(crc, expected, slice.name);
}

function checkCrc(crc: number, expected: number, where: string): void {
  if (crc === expected) return;
  const hex = (word: number) => word.toString(16).padStart(8, '0');
  throw new DataFormatError(`${where}: CRC-32 ${hex(crc)}, expected ${hex(expected)}`, {
    hint: 'The file is corrupt; write it again.',
  });
}
