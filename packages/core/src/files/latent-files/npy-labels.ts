import { DataFormatError } from '@csx/wgsl-kernels';
import { type FileSlice, readSlice } from '../file-slice.ts';
import type { NpyDescriptor, NpyHeader } from '../npy-header.ts';
import { npyValues } from '../npy-matrix.ts';
import { swapBytes } from '../stored-values.ts';
import { createLabelBuilder, type LabelColumn, type LabelType } from './label-column.ts';

/** Longest class name, in characters. */
const maxCharacters = 1024;
/** Bytes of labels in memory at a time. */
const chunkBytes = 2 ** 22;

/** How an array's values can be labels, if they can. */
export function labelTypeOf({ kind, bytes }: NpyDescriptor): LabelType | undefined {
  if (kind === 'b' && bytes === 1) return 'bool';
  if ((kind === 'i' || kind === 'u') && [1, 2, 4, 8].includes(bytes))
    return `${kind === 'u' ? 'u' : ''}int${8 * bytes}` as LabelType;
  return kind === 'U' || kind === 'S' ? 'string' : undefined;
}

/**
 * Labels of an array in numpy's format: integers, booleans or text, one for each row.
 *
 * @throws DataFormatError for any other type or shape.
 */
export async function readNpyLabels(slice: FileSlice, header: NpyHeader): Promise<LabelColumn> {
  const { descriptor, shape } = header;
  const type = labelTypeOf(descriptor);
  if (shape.length !== 1 || type === undefined)
    throw new DataFormatError(
      `${slice.name}: labels of '${descriptor.text}', shape (${shape.join(', ')}), expected one integer or text for each row`,
      { hint: "Save class indices or names, such as labels.argmax(1) or array.astype('U') in numpy." },
    );
  const [n] = shape;
  const { bytes: width, bigEndian } = descriptor;
  if (type === 'string' && width > 4 * maxCharacters)
    throw new DataFormatError(`${slice.name}: labels of up to ${width} bytes, expected names of ${maxCharacters}`);
  const values = npyValues(slice, header);
  const builder = createLabelBuilder(slice.name);
  const chunkRows = Math.max(1, Math.floor(chunkBytes / Math.max(1, width)));
  for (let first = 0; first < n; first += chunkRows) {
    const count = Math.min(chunkRows, n - first);
    const bytes = await readSlice(values, first * width, count * width);
    const valueBytes = descriptor.kind === 'U' ? 4 : width;
    if (bigEndian && descriptor.kind !== 'S') swapBytes(bytes, valueBytes);
    const read = valueReader(descriptor, type, bytes, slice.name, first);
    for (let row = 0; row < count; row++) builder.add(read(row));
  }
  return builder.finish(type);
}

function valueReader(
  { kind, bytes: width }: NpyDescriptor,
  type: LabelType,
  bytes: Uint8Array,
  where: string,
  first: number,
): (row: number) => string | number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 'string':
      return kind === 'U'
        ? (row) => {
            let text = '';
            for (let at = row * width; at < (row + 1) * width; at += 4) {
              const codePoint = view.getUint32(at, true);
              if (codePoint === 0) break;
              if (codePoint > 0x10ffff)
                throw new DataFormatError(
                  `${where}: the label of row ${first + row} is no text (character ${codePoint})`,
                );
              text += String.fromCodePoint(codePoint);
            }
            return text;
          }
        : (row) => {
            const own = bytes.subarray(row * width, (row + 1) * width);
            const end = own.indexOf(0);
            return new TextDecoder().decode(end < 0 ? own : own.subarray(0, end));
          };
    case 'int8':
      return (row) => view.getInt8(row);
    case 'int16':
      return (row) => view.getInt16(2 * row, true);
    case 'uint16':
      return (row) => view.getUint16(2 * row, true);
    case 'int32':
      return (row) => view.getInt32(4 * row, true);
    case 'uint32':
      return (row) => view.getUint32(4 * row, true);
    case 'int64':
      return (row) => view.getBigInt64(8 * row, true);
    case 'uint64':
      return (row) => view.getBigUint64(8 * row, true);
    default:
      return (row) => bytes[row];
  }
}
