import { DataFormatError } from '@csx/wgsl-kernels';
import { type FileSlice, readSlice } from '../file-slice.ts';
import type { StoredType } from '../stored-values.ts';
import { checkPartName, type Part } from './choose-parts.ts';
import type { LabelType } from './label-column.ts';

/** The format's own bound. */
const maxHeaderBytes = 100_000_000;
export const safetensorsBytes: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
};
export const safetensorsFloats: Readonly<Record<string, StoredType>> = {
  F16: 'float16',
  BF16: 'bfloat16',
  F32: 'float32',
  F64: 'float64',
};
/** Labels are read as numpy's arrays are. */
export const safetensorsLabels: Readonly<Record<string, { kind: string; type: LabelType }>> = {
  BOOL: { kind: 'b', type: 'bool' },
  U8: { kind: 'u', type: 'uint8' },
  I8: { kind: 'i', type: 'int8' },
  I16: { kind: 'i', type: 'int16' },
  U16: { kind: 'u', type: 'uint16' },
  I32: { kind: 'i', type: 'int32' },
  U32: { kind: 'u', type: 'uint32' },
  I64: { kind: 'i', type: 'int64' },
  U64: { kind: 'u', type: 'uint64' },
};

export interface Tensor extends Part {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly slice: FileSlice;
}

/**
 * Reads the header of a safetensors file: its size is checked against the file, and the place of every tensor too.
 *
 * @throws DataFormatError for what is damaged, and for names that look like paths.
 */
export async function readSafetensorsHeader(
  whole: FileSlice,
): Promise<{ tensors: Tensor[]; metadata: Readonly<Record<string, string | undefined>> }> {
  const { name, bytes } = whole;
  if (bytes < 8) throw new DataFormatError(`${name}: ${bytes} bytes, too short for a safetensors file`);
  const head = await readSlice(whole, 0, 8);
  const headerBytes = Number(new DataView(head.buffer).getBigUint64(0, true));
  const cutOff = { hint: 'The file was cut off or is of another format.' };
  if (headerBytes > Math.min(maxHeaderBytes, bytes - 8))
    throw new DataFormatError(`${name}: a safetensors header of ${headerBytes} bytes in a file of ${bytes}`, cutOff);
  const text = new TextDecoder().decode(await readSlice(whole, 8, headerBytes));
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new DataFormatError(`${name}: its safetensors header is no JSON`, { ...cutOff, cause });
  }
  if (header === null || typeof header !== 'object' || Array.isArray(header))
    throw new DataFormatError(`${name}: its safetensors header is no JSON object`, cutOff);
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, unknown>;
  const values = { ...whole, start: whole.start + 8 + headerBytes, bytes: bytes - 8 - headerBytes };
  const tensors = Object.entries(entries).map(([tensor, entry]) => readTensor(tensor, entry, values));
  checkCover(tensors, values);
  const pairs = Object.entries(metadata as object).filter(([, value]) => typeof value === 'string');
  return { tensors, metadata: Object.fromEntries(pairs) as Record<string, string> };
}

function readTensor(name: string, entry: unknown, values: FileSlice): Tensor {
  checkPartName(name, values.name);
  const where = `${values.name}: ${name}`;
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (
    typeof dtype !== 'string' ||
    !Array.isArray(shape) ||
    !shape.every(isCount) ||
    !Array.isArray(offsets) ||
    offsets.length !== 2 ||
    !offsets.every(isCount)
  )
    throw new DataFormatError(`${where}: expected dtype, shape and data_offsets in the safetensors header`);
  const [begin, end] = offsets as [number, number];
  const width = safetensorsBytes[dtype];
  const needed = (shape as number[]).reduce((product, size) => product * size, width ?? Number.NaN);
  if (end > values.bytes || begin > end)
    throw new DataFormatError(`${where}: bytes ${begin} to ${end} of ${values.bytes}`, {
      hint: 'The file was cut off or changed; write it again.',
    });
  if (width !== undefined && needed !== end - begin)
    throw new DataFormatError(
      `${where}: ${end - begin} bytes, ${dtype} of shape (${shape.join(', ')}) needs ${needed}`,
    );
  return {
    name,
    dtype,
    shape: shape as number[],
    slice: { file: values.file, name: where, start: values.start + begin, bytes: end - begin },
    isLatents: shape.length === 2 && dtype in safetensorsFloats,
    isLabels: shape.length === 1 && dtype in safetensorsLabels,
    shown: `${dtype}, shape (${shape.join(', ')})`,
  };
}

/** The format's rule: tensors fill the file without a gap, an overlap or a rest. */
function checkCover(tensors: readonly Tensor[], values: FileSlice): void {
  let at = values.start;
  for (const { slice } of tensors.toSorted((a, b) => a.slice.start - b.slice.start || a.slice.bytes - b.slice.bytes)) {
    if (slice.start !== at)
      throw new DataFormatError(`${slice.name}: overlaps another tensor, or leaves a gap before it`);
    at += slice.bytes;
  }
  if (at !== values.start + values.bytes)
    throw new DataFormatError(`${values.name}: ${values.start + values.bytes - at} bytes behind its last tensor`, {
      hint: 'The file was changed; write it again.',
    });
}
