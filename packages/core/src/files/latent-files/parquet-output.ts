import type { SchemaElement } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import type { AtomicFiles } from '../atomic-file.ts';
import { decodeStored, type StoredType, storedBytes } from '../stored-values.ts';
import type { LabelColumn, LabelType } from './label-column.ts';
import type { LatentContent, LatentRows } from './latent-content.ts';
import { storedPieces } from './stored-pieces.ts';
import { provenanceColumns, tableColumns } from './table-columns.ts';

/** Bytes of latents in a row group, and in a page. */
const groupBytes = 2 ** 25;
const pageBytes = 2 ** 20;

const floatElement: Readonly<Record<Exclude<StoredType, 'bfloat16'>, Omit<SchemaElement, 'name'>>> = {
  float16: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } },
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
};
const labelElement: Readonly<Record<LabelType, Omit<SchemaElement, 'name'>>> = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  bool: { type: 'BOOLEAN' },
  int8: { type: 'INT32', converted_type: 'INT_8' },
  int16: { type: 'INT32', converted_type: 'INT_16' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  uint8: { type: 'INT32', converted_type: 'UINT_8' },
  uint16: { type: 'INT32', converted_type: 'UINT_16' },
  uint32: { type: 'INT32', converted_type: 'UINT_32' },
  uint64: { type: 'INT64', converted_type: 'UINT_64' },
};
const provenanceElements: readonly Omit<SchemaElement, 'name'>[] = [
  { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  { type: 'INT64' },
  { type: 'INT64' },
  { type: 'DOUBLE' },
  { type: 'DOUBLE' },
];

/**
 * Writes a parquet file: a column of lists (or, where the source had them, a column for each value), the labels, and
 * `csx_` columns about the rows behind the given ones, null for these. Settings are in the file's metadata.
 */
export async function writeParquetLatents(files: AtomicFiles, content: LatentContent, rows: LatentRows): Promise<void> {
  const { d, type, names } = content;
  const isWide = names.columns?.length === d + 1;
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: schemaOf(content, isWide),
    codec: 'UNCOMPRESSED',
    statistics: false,
    kvMetadata: [{ key: 'csx_settings', value: JSON.stringify(content.settings) }],
    createdBy: 'csx',
  });
  let written = 0;
  const flush = async () => {
    const bytes = writer.getBytes();
    await files.write(0, bytes, written);
    written += bytes.length;
    writer.index = 0;
  };
  const rowBytes = d * storedBytes[type];
  const groupRows = Math.max(1, Math.floor(groupBytes / rowBytes));
  let first = 0;
  for await (const group of groupsOf(storedPieces(content, rows), groupRows * rowBytes)) {
    const count = group.length / rowBytes;
    const chunk = isWide ? undefined : writeLists(writer, group, content);
    const latents = isWide ? wideColumns(group, content) : [];
    // Awaited never: the writer has no flush of its own.
    parquet.write({ columnData: [...inOrder(latents, content, first, count)], rowGroupSize: count });
    if (chunk) {
      const own = parquet.row_groups[parquet.row_groups.length - 1];
      own.columns.unshift(chunk);
      own.total_byte_size += chunk.meta_data?.total_uncompressed_size ?? 0n;
    }
    await flush();
    first += count;
  }
  parquet.finish();
  await flush();
}

function schemaOf(content: LatentContent, isWide: boolean): SchemaElement[] {
  const { type, names, labels } = content;
  const float = floatElement[type as Exclude<StoredType, 'bfloat16'>];
  const label: SchemaElement = { ...labelElement[labels.type], name: names.labels, repetition_type: 'REQUIRED' };
  const columns = isWide
    ? tableColumns(content).map(
        (name): SchemaElement => (name === names.labels ? label : { ...float, name, repetition_type: 'REQUIRED' }),
      )
    : [
        { name: names.latents, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST' } as const,
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 } as const,
        { ...float, name: 'element', repetition_type: 'REQUIRED' } as const,
        label,
      ];
  const about = provenanceColumns.map(
    (name, at): SchemaElement => ({ ...provenanceElements[at], name, repetition_type: 'OPTIONAL' }),
  );
  const topCount = about.length + (isWide ? columns.length : 2);
  return [{ name: 'root', num_children: topCount }, ...columns, ...about];
}

/** Pieces put together to groups of so many bytes; the last may have fewer. */
async function* groupsOf(pieces: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  const group = new Uint8Array(bytes);
  let filled = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const count = Math.min(piece.length - at, bytes - filled);
      group.set(piece.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled === bytes) {
        yield group;
        filled = 0;
      }
    }
  }
  if (filled > 0) yield group.subarray(0, filled);
}

/**
 * Lists of d values, none missing, page by page. hyparquet-writer takes lists as JavaScript arrays of arrays; here the
 * stored bytes go into the pages as they are, behind levels that are the same for every row.
 */
function writeLists(writer: ByteWriter, group: Uint8Array, { d, type, names }: LatentContent) {
  const rowBytes = d * storedBytes[type];
  const pageRows = Math.max(1, Math.floor(pageBytes / rowBytes));
  const begin = writer.offset;
  for (let at = 0; at < group.length; at += pageRows * rowBytes) {
    const values = group.subarray(at, at + pageRows * rowBytes);
    const rows = values.length / rowBytes;
    const levels = new ByteWriter();
    for (let row = 0; row < rows; row++) {
      appendRun(levels, 1, 0);
      if (d > 1) appendRun(levels, d - 1, 1);
    }
    const repetitionBytes = levels.offset;
    appendRun(levels, rows * d, 1);
    const bytes = levels.offset + values.length;
    writePageHeader(writer, {
      type: 'DATA_PAGE_V2',
      uncompressed_page_size: bytes,
      compressed_page_size: bytes,
      data_page_header_v2: {
        num_values: rows * d,
        num_nulls: 0,
        num_rows: rows,
        encoding: 'PLAIN',
        definition_levels_byte_length: levels.offset - repetitionBytes,
        repetition_levels_byte_length: repetitionBytes,
        is_compressed: false,
      },
    });
    writer.appendBytes(levels.getBytes());
    writer.appendBytes(values);
  }
  const bytes = BigInt(writer.offset - begin);
  return {
    file_offset: BigInt(begin),
    meta_data: {
      type: floatElement[type as Exclude<StoredType, 'bfloat16'>].type ?? 'FLOAT',
      encodings: ['RLE' as const, 'PLAIN' as const],
      path_in_schema: [names.latents, 'list', 'element'],
      codec: 'UNCOMPRESSED' as const,
      num_values: BigInt(group.length / storedBytes[type]),
      total_uncompressed_size: bytes,
      total_compressed_size: bytes,
      data_page_offset: BigInt(begin),
    },
  };
}

/** A run of equal levels of one bit. */
function appendRun(levels: ByteWriter, count: number, level: number): void {
  levels.appendVarInt(count << 1);
  levels.appendUint8(level);
}

function wideColumns(group: Uint8Array, content: LatentContent): ColumnSource[] {
  const { d, type, names } = content;
  const width = storedBytes[type];
  const values = type === 'float64' ? new Float64Array(group.length / 8) : new Float32Array(group.length / width);
  if (values instanceof Float64Array) new Uint8Array(values.buffer).set(group);
  else decodeStored(type, group.slice(), values);
  const count = values.length / d;
  return tableColumns(content)
    .filter((name) => name !== names.labels)
    .map((name, j) => {
      const column = values.slice(0, count);
      for (let row = 0; row < count; row++) column[row] = values[row * d + j];
      return { name, data: column, encoding: 'PLAIN' };
    });
}

/** Columns of rows `first` to `first + count`, in the order of the schema: those of latents, if any, the labels and the provenance. */
function inOrder(
  latents: readonly ColumnSource[],
  content: LatentContent,
  first: number,
  count: number,
): ColumnSource[] {
  const { n, names, labels, provenance } = content;
  const label: ColumnSource = { name: names.labels, data: labelData(labels, first, count) };
  const byName = new Map([...latents, label].map((column) => [column.name, column]));
  const order = latents.length > 0 ? tableColumns(content) : [names.labels];
  const { methods, parents, weights } = provenance;
  const about = [
    (made: number) => methods[made],
    (made: number) => BigInt(parents[2 * made]),
    (made: number) => BigInt(parents[2 * made + 1]),
    (made: number) => weights[2 * made],
    (made: number) => weights[2 * made + 1],
  ];
  return [
    ...order.map((name) => byName.get(name) as ColumnSource),
    ...about.map((of, at) => ({
      name: provenanceColumns[at],
      data: Array.from({ length: count }, (_, row) => (first + row < n ? null : of(first + row - n))),
    })),
  ];
}

function labelData({ type, classNames, indices }: LabelColumn, first: number, count: number) {
  const names = classNames.map((name) => {
    if (type === 'string') return name;
    if (type === 'bool') return name === '1';
    return type === 'int64' || type === 'uint64' ? BigInt(name) : Number(name);
  });
  return Array.from(indices.subarray(first, first + count), (index) => names[index]);
}
