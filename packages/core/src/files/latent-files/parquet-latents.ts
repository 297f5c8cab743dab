import { DataFormatError } from '@csx/wgsl-kernels';
import type { FileSlice } from '../file-slice.ts';
import { createScratchFile, type ScratchFile } from '../scratch-file.ts';
import { matrixOfSlice, type StoredMatrix } from '../stored-matrix.ts';
import { decodeStored, type StoredType, storedBytes } from '../stored-values.ts';
import { chooseColumns } from './choose-columns.ts';
import { checkPartName, choosePart } from './choose-parts.ts';
import { createLabelBuilder, type LabelColumn } from './label-column.ts';
import type { LatentFile, OpenLatentsOptions } from './latent-file.ts';
import { type ColumnPage, columnPages } from './parquet-pages.ts';
import { type LeafColumn, type ParquetTable, readParquetTable } from './parquet-schema.ts';
import { copyRowMajor } from './row-major.ts';

/** Longest latent; its length is told by the first row only. */
const maxColumns = 2 ** 24;

/**
 * Latents and labels in a parquet file: a column of lists of the same length, or a column for each value, copied to a
 * scratch file row by row.
 */
export async function openParquetLatents(whole: FileSlice, options: OpenLatentsOptions): Promise<LatentFile> {
  const scratches: ScratchFile[] = [];
  const close = async () => {
    for (const scratch of scratches) await scratch.close();
    await whole.file.close();
  };
  try {
    const table = await readParquetTable(whole);
    for (const { name } of table.columns) checkPartName(name, whole.name);
    const parts = table.columns.map((column) => ({
      ...column,
      isLatents: column.floatType !== undefined && column.isList,
      isLabels: column.labelType !== undefined,
    }));
    const label = choosePart(parts, 'labels', options.labels, whole.name);
    const hasLists = parts.some(({ isLatents }) => isLatents);
    const list = hasLists ? choosePart(parts, 'latents', options.latents, whole.name) : undefined;
    const columns = list ? [list] : chooseColumns(parts, label.name, options.latents, whole.name);
    const scratch = await createScratchFile(options.scratchDirectory);
    scratches.push(scratch);
    let matrix: StoredMatrix;
    if (list) matrix = await copyLists(whole, table, list, scratch, options);
    else {
      const copied = await copyRowMajor(await copyColumns(whole, table, columns, scratch, options), options);
      scratches.push(copied.scratch);
      matrix = copied.matrix;
    }
    const used = new Set<string>([label.name, ...columns.map(({ name }) => name)]);
    return {
      ...matrix,
      name: whole.name,
      format: 'parquet',
      names: list
        ? { latents: list.name, labels: label.name }
        : {
            latents: options.latents ?? '',
            labels: label.name,
            columns: parts.filter(({ name }) => used.has(name)).map(({ name }) => name),
          },
      labels: await readLabels(whole, table, label),
      others: parts.filter(({ name }) => !used.has(name)).map(({ name }) => name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Calls back with every page of a column, and the first row of its row group. */
async function eachPage(
  whole: FileSlice,
  { metadata }: ParquetTable,
  column: LeafColumn,
  perRow: number,
  use: (page: ColumnPage, groupStart: number, groupRows: number) => Promise<void> | void,
  endGroup: (groupStart: number, groupRows: number) => Promise<void> | void,
): Promise<void> {
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const chunk = group.columns[column.index].meta_data;
    if (chunk === undefined) throw new DataFormatError(`${whole.name}: column ${column.name} lies in another file`);
    for await (const page of columnPages(whole, chunk, column.path, rows * perRow)) {
      refuseMissing(page, column, whole.name, groupStart);
      await use(page, groupStart, rows);
    }
    await endGroup(groupStart, rows);
    groupStart += rows;
  }
}

function refuseMissing(page: ColumnPage, column: LeafColumn, where: string, groupStart: number): void {
  if (page.values.length === page.count) return;
  const at = page.definitionLevels.findIndex((level) => level < column.maxDefinition);
  throw new DataFormatError(
    `${where}: column ${column.name} has a missing value (value ${at} of a page in the row group from row ${groupStart})`,
    { hint: 'Leave out rows with missing values, or fill them in, before the file is written.' },
  );
}

function floatsOf(page: ColumnPage, type: StoredType): Uint8Array {
  const { values } = page;
  if (type === 'float16') {
    const bytes = new Uint8Array(values.length * 2);
    for (let i = 0; i < values.length; i++) bytes.set(values[i] as Uint8Array, 2 * i);
    return bytes;
  }
  const Wanted = type === 'float32' ? Float32Array : Float64Array;
  const typed = values instanceof Wanted ? values : Wanted.from(values as ArrayLike<number>);
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}

async function copyLists(
  whole: FileSlice,
  table: ParquetTable,
  column: LeafColumn,
  scratch: ScratchFile,
  { onProgress, signal }: OpenLatentsOptions,
): Promise<StoredMatrix> {
  const type = column.floatType as StoredType;
  const width = storedBytes[type];
  const { n } = table;
  let d = 0;
  /** Values so far, and those of the row that is not complete. */
  let count = 0;
  let inRow = 0;
  let row = 0;
  const endRow = () => {
    if (d === 0) d = inRow;
    if (inRow !== d || d === 0)
      throw new DataFormatError(
        `${whole.name}: column ${column.name} has ${inRow} values in row ${row}, expected ${d || 'at least one'}`,
        { hint: 'All latents need the same length.' },
      );
    inRow = 0;
    row++;
  };
  await eachPage(
    whole,
    table,
    column,
    maxColumns,
    async (page) => {
      signal?.throwIfAborted();
      for (let i = 0; i < page.repetitionLevels.length; i++) {
        if (page.repetitionLevels[i] === 0 && inRow > 0) endRow();
        inRow++;
        count++;
      }
      await scratch.write(floatsOf(page, type), (count - page.count) * width);
      onProgress?.(count * width, n * d * width);
    },
    () => {
      if (inRow > 0) endRow();
    },
  );
  if (count !== n * d)
    throw new DataFormatError(
      `${whole.name}: column ${column.name} has ${count} values, ${n} rows of ${d} need ${n * d}`,
    );
  return matrixOfSlice(scratch.slice(whole.name, 0, count * width), { n, d: Math.max(1, d), type });
}

/** Columns one behind the other, of one type: the widest that there is. */
async function copyColumns(
  whole: FileSlice,
  table: ParquetTable,
  columns: readonly LeafColumn[],
  scratch: ScratchFile,
  { onProgress, signal }: OpenLatentsOptions,
): Promise<StoredMatrix> {
  const types = new Set(columns.map(({ floatType }) => floatType));
  const type: StoredType = types.size === 1 ? (columns[0].floatType as StoredType) : 'float64';
  const width = storedBytes[type];
  const { n } = table;
  for (const [j, column] of columns.entries()) {
    signal?.throwIfAborted();
    let count = 0;
    const asWide = column.floatType !== type;
    await eachPage(
      whole,
      table,
      column,
      1,
      async (page) => {
        const values = asWide ? { ...page, values: widened(page, column.floatType) } : page;
        await scratch.write(floatsOf(values, type), (j * n + count) * width);
        count += page.count;
      },
      (start, rows) => requireRows(whole.name, column, count, start + rows),
    );
    onProgress?.((j + 1) * n * width, columns.length * n * width);
  }
  const { length: d } = columns;
  return matrixOfSlice(scratch.slice(whole.name, 0, n * d * width), { n, d, type, columnMajor: true });
}

function widened(page: ColumnPage, type: StoredType | undefined): Float64Array {
  if (type !== 'float16') return Float64Array.from(page.values as ArrayLike<number>);
  const bytes = floatsOf(page, 'float16');
  const values = new Float32Array(page.values.length);
  decodeStored('float16', bytes, values);
  return Float64Array.from(values);
}

function requireRows(where: string, { name }: LeafColumn, count: number, expected: number): void {
  if (count !== expected)
    throw new DataFormatError(
      `${where}: column ${name} has ${count} values where its row groups have ${expected} rows`,
    );
}

async function readLabels(whole: FileSlice, table: ParquetTable, column: LeafColumn): Promise<LabelColumn> {
  const where = `${whole.name}: column ${column.name}`;
  const type = column.labelType ?? 'string';
  const builder = createLabelBuilder(where);
  const decoder = new TextDecoder();
  const read: (value: unknown) => string | number | bigint =
    type === 'string'
      ? (value) => decoder.decode(value as Uint8Array)
      : type === 'uint32'
        ? (value) => (value as number) >>> 0
        : type === 'uint64'
          ? (value) => BigInt.asUintN(64, value as bigint)
          : type === 'bool'
            ? Number
            : (value) => value as number | bigint;
  await eachPage(
    whole,
    table,
    column,
    1,
    ({ values }) => {
      for (let i = 0; i < values.length; i++) builder.add(read(values[i]));
    },
    (start, rows) => requireRows(whole.name, column, builder.count(), start + rows),
  );
  return builder.finish(type);
}
