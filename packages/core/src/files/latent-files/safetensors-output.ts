import type { AtomicFiles } from '../atomic-file.ts';
import { type StoredType, storedBytes } from '../stored-values.ts';
import { type LabelType, labelValues } from './label-column.ts';
import { type LatentContent, type LatentRows, latentBytes } from './latent-content.ts';
import { classNamesKey } from './safetensors-latents.ts';
import { storedPieces } from './stored-pieces.ts';

const floatNames: Readonly<Record<StoredType, string>> = {
  float16: 'F16',
  bfloat16: 'BF16',
  float32: 'F32',
  float64: 'F64',
};
const integerNames: Readonly<Record<LabelType, string>> = {
  string: 'I64',
  bool: 'BOOL',
  int8: 'I8',
  int16: 'I16',
  int32: 'I32',
  int64: 'I64',
  uint8: 'U8',
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
};

/**
 * Writes a safetensors file: latents, labels, and `csx_` tensors about the rows behind the given ones. The format has no
 * text: class names and methods are numbers, with the names in its metadata.
 */
export async function writeSafetensorsLatents(
  files: AtomicFiles,
  content: LatentContent,
  rows: LatentRows,
): Promise<void> {
  const { n, newCount, d, type, names, labels, provenance, settings } = content;
  const { classNames, indices } = labels;
  const methodNames = [...new Set(provenance.methods)];
  const stored =
    labels.type === 'string'
      ? labelValues({ type: 'int64', classNames: classNames.map((_, at) => String(at)), indices })
      : labelValues(labels);
  const small: [string, string, number[], ArrayBufferView][] = [
    ['csx_parents', 'I64', [newCount, 2], BigInt64Array.from(provenance.parents, BigInt)],
    ['csx_weights', 'F64', [newCount, 2], provenance.weights],
    [names.labels, integerNames[labels.type], [n + newCount], stored],
    ['csx_methods', 'U8', [newCount], Uint8Array.from(provenance.methods, (method) => methodNames.indexOf(method))],
  ];
  const metadata: Record<string, string> = {
    csx_settings: JSON.stringify(settings),
    csx_method_names: JSON.stringify(methodNames),
    ...(labels.type === 'string' && { [classNamesKey]: JSON.stringify(classNames) }),
  };
  // Readers may map tensors into memory: wider values first, so that each begins at a multiple of its width.
  const large = latentBytes(content);
  const header: Record<string, unknown> = { __metadata__: metadata };
  const order = small
    .map(([name, dtype, shape, values]) => ({ name, dtype, shape, values, bytes: values.byteLength }))
    .toSorted((a, b) => widthOf(b.values) - widthOf(a.values));
  const at = order.findIndex(({ values }) => widthOf(values) < storedBytes[type]);
  const latents = {
    name: names.latents,
    dtype: floatNames[type],
    shape: [n + newCount, d],
    values: undefined,
    bytes: large,
  };
  const tensors = [...order.slice(0, at < 0 ? order.length : at), latents, ...(at < 0 ? [] : order.slice(at))];
  let offset = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headBytes = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + headBytes).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(headBytes), true);
  head.set(json, 8);
  await files.write(0, head, 0);
  let position = head.length;
  const put = async (piece: Uint8Array) => {
    await files.write(0, piece, position);
    position += piece.length;
  };
  for (const { values } of tensors) {
    if (values) await put(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    else for await (const piece of storedPieces(content, rows)) await put(piece);
  }
}

const widthOf = (values: ArrayBufferView) => (values as Uint8Array).BYTES_PER_ELEMENT;
