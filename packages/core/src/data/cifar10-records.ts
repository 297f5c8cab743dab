import { DataFormatError, InvalidInputError } from '@csx/wgsl-kernels';
import { cifar10Classes, cifar10PlaneBytes, cifar10RecordBytes, cifar10Side } from './cifar10-layout.ts';
import type { ImageSet } from './image-set.ts';

/**
 * Reads CIFAR-10's binary records: a label byte, then 1024 bytes of red, of green, of blue, row by row.
 *
 * @param bytes whole records; none gives an empty set.
 * @param fileName named in errors.
 * @throws DataFormatError for a part of a record, or a label above 9.
 */
export function parseCifar10Records(bytes: Uint8Array, fileName: string): ImageSet {
  if (bytes.length % cifar10RecordBytes !== 0) {
    throw new DataFormatError(
      `${fileName}: ${bytes.length} bytes, not a multiple of a record's ${cifar10RecordBytes} bytes`,
      { hint: 'The file was cut off or is of another format; fetch it again.' },
    );
  }
  const n = bytes.length / cifar10RecordBytes;
  const pixels = new Uint8Array(n * 3 * cifar10PlaneBytes);
  const labels = new Uint8Array(n);
  for (let row = 0; row < n; row++) {
    const from = row * cifar10RecordBytes;
    const label = bytes[from];
    if (label >= cifar10Classes.length) {
      throw new DataFormatError(
        `${fileName}: record ${row} has label ${label}, expected 0 to ${cifar10Classes.length - 1}`,
      );
    }
    labels[row] = label;
    const red = from + 1;
    const green = red + cifar10PlaneBytes;
    const blue = green + cifar10PlaneBytes;
    let to = row * 3 * cifar10PlaneBytes;
    for (let pixel = 0; pixel < cifar10PlaneBytes; pixel++) {
      pixels[to++] = bytes[red + pixel];
      pixels[to++] = bytes[green + pixel];
      pixels[to++] = bytes[blue + pixel];
    }
  }
  return { pixels, labels, n, height: cifar10Side, width: cifar10Side, channels: 3 };
}

/**
 * Writes images as CIFAR-10's binary records: the inverse of `parseCifar10Records`.
 *
 * @throws InvalidInputError for images that are not 32 x 32 x 3, or a label above 9.
 */
export function serializeCifar10Records(images: ImageSet): Uint8Array {
  const { pixels, labels, n, height, width, channels } = images;
  if (height !== cifar10Side || width !== cifar10Side || channels !== 3) {
    throw new InvalidInputError(`cifar10-records: images are ${height} x ${width} x ${channels}, expected 32 x 32 x 3`);
  }
  if (labels.length !== n || pixels.length !== n * 3 * cifar10PlaneBytes) {
    throw new InvalidInputError(
      `cifar10-records: ${labels.length} labels and ${pixels.length} pixel bytes, expected ${n} and ${n * 3 * cifar10PlaneBytes}`,
    );
  }
  const bytes = new Uint8Array(n * cifar10RecordBytes);
  for (let row = 0; row < n; row++) {
    if (labels[row] >= cifar10Classes.length) {
      throw new InvalidInputError(
        `cifar10-records: row ${row} has label ${labels[row]}, expected 0 to ${cifar10Classes.length - 1}`,
      );
    }
    let to = row * cifar10RecordBytes;
    bytes[to++] = labels[row];
    for (let channel = 0; channel < 3; channel++) {
      let from = row * 3 * cifar10PlaneBytes + channel;
      for (let pixel = 0; pixel < cifar10PlaneBytes; pixel++, from += 3) bytes[to++] = pixels[from];
    }
  }
  return bytes;
}
