import { DataFormatError } from '@csx/wgsl-kernels';
import { decode } from 'fast-png';
import { z } from 'zod';
import { cifar10Side } from './cifar10-layout.ts';
import type { ImageDataset, ImageSet } from './image-set.ts';
import { requireFile } from './verify-bytes.ts';

const partSchema = z
  .strictObject({
    /** A PNG 32 pixels wide, the images below each other: its pixels are [n, 32, 32, 3] as they are. */
    file: z.string(),
    bytes: z
      .number()
      .int()
      .min(1)
      .max(16 * 2 ** 20),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** [n] class of each image. */
    labels: z.array(z.number().int().min(0).max(9)).min(1).max(10_000),
    /** [n] row of each image in the official part: data_batch_1 to 5 in order, or test_batch. */
    officialRows: z.array(z.number().int().min(0).max(49_999)),
  })
  .refine((part) => part.officialRows.length === part.labels.length, 'labels and officialRows differ in length');

/** What `manifest.json` says about the mini sample. */
export const miniManifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string(),
  description: z.string(),
  source: z.string(),
  rule: z.string(),
  seed: z.number().int(),
  classNames: z.array(z.string()).length(10),
  train: partSchema,
  test: partSchema,
});
export type MiniManifest = z.output<typeof miniManifestSchema>;

/** Names of the sample's files, to be read or fetched from the package's `mini-cifar10` folder. */
export const miniCifar10Files = { manifest: 'manifest.json', train: 'train.png', test: 'test.png' } as const;

/** The bytes of those files. */
export interface MiniCifar10Bytes {
  readonly manifest: Uint8Array;
  readonly train: Uint8Array;
  readonly test: Uint8Array;
}

/**
 * Decodes the mini sample: real CIFAR-10 images, 170 a class to train on and 60 a class to test on.
 * Universal: a browser fetches the three files (`miniCifar10Files`) and passes their bytes.
 *
 * @throws DataFormatError for a file that is not the one the manifest names, with size or sha256.
 */
export async function decodeMiniCifar10(bytes: MiniCifar10Bytes): Promise<ImageDataset> {
  const manifest = parseManifest(bytes.manifest);
  const [train, test] = await Promise.all([
    decodePart(bytes.train, manifest.train),
    decodePart(bytes.test, manifest.test),
  ]);
  return {
    name: 'mini CIFAR-10',
    classNames: manifest.classNames,
    train,
    test,
    hashes: { [manifest.train.file]: manifest.train.sha256, [manifest.test.file]: manifest.test.sha256 },
  };
}

function parseManifest(bytes: Uint8Array): MiniManifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new DataFormatError(`${miniCifar10Files.manifest}: not JSON (${(cause as Error).message})`, { cause });
  }
  const parsed = miniManifestSchema.safeParse(json);
  if (!parsed.success) {
    throw new DataFormatError(`${miniCifar10Files.manifest}: ${z.prettifyError(parsed.error)}`, {
      cause: parsed.error,
    });
  }
  return parsed.data;
}

async function decodePart(bytes: Uint8Array, part: MiniManifest['train']): Promise<ImageSet> {
  await requireFile(bytes, { name: part.file, bytes: part.bytes, sha256: part.sha256 });
  const png = decode(bytes);
  const n = part.labels.length;
  if (png.width !== cifar10Side || png.height !== n * cifar10Side || png.channels !== 3 || png.depth !== 8) {
    throw new DataFormatError(
      `${part.file}: ${png.width} x ${png.height} pixels of ${png.channels} channels of ${png.depth} bits, expected ${cifar10Side} x ${n * cifar10Side} of 3 of 8`,
    );
  }
  return {
    pixels: new Uint8Array(png.data.buffer, png.data.byteOffset, png.data.length),
    labels: Uint8Array.from(part.labels),
    n,
    height: cifar10Side,
    width: cifar10Side,
    channels: 3,
  };
}
