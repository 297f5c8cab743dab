import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// In a page: `browser/page/task-files.ts`, by package.json's `browser`.

/** Raw little-endian arrays in the folder of a task: every language reads them. */
export async function writeArray(folder: string, name: string, values: Float32Array | Uint32Array): Promise<void> {
  await writeFile(join(folder, name), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

async function readBytes(folder: string, name: string): Promise<ArrayBuffer> {
  const bytes = await readFile(join(folder, name));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

export const readFloats = async (folder: string, name: string) => new Float32Array(await readBytes(folder, name));
export const readWords = async (folder: string, name: string) => new Uint32Array(await readBytes(folder, name));

/** What came out of a task, as f32. */
export const writeResult = (file: string, values: Float32Array) => writeFile(file, values);
