// `worker/task-files.ts` of a page: the folder of a task is an address of the benchmark's server.

async function readBytes(folder: string, name: string): Promise<ArrayBuffer> {
  const response = await fetch(`${folder}/${name}`);
  if (!response.ok) throw new Error(`${name}: the benchmark's server answers ${response.status}`);
  return response.arrayBuffer();
}

export const readFloats = async (folder: string, name: string) => new Float32Array(await readBytes(folder, name));
export const readWords = async (folder: string, name: string) => new Uint32Array(await readBytes(folder, name));

export async function writeResult(file: string, values: Float32Array): Promise<void> {
  const response = await fetch(file, { method: 'PUT', body: values as Float32Array<ArrayBuffer> });
  if (!response.ok) throw new Error(`the benchmark's server does not take the result: ${response.status}`);
}
