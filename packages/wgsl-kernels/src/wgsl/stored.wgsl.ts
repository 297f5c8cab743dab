/** How the values of a tensor lie in memory. Kernels compute in f32 whatever it is. */
export type StorageType = 'f32' | 'f16';

/** The storage of operands by their names; f32 for those without one. */
export type Stored = Readonly<Partial<Record<string, StorageType>>>;

/** Values side by side that are read and written together. */
export type VectorWidth = 1 | 2 | 4;

/** f32 or a vector of f32, which is what kernels compute with. */
export function vectorType(width: VectorWidth): string {
  return width === 1 ? 'f32' : `vec${width}f`;
}

/** What an array of stored values is made of. */
export function storedType(width: VectorWidth, storage: StorageType = 'f32'): string {
  if (storage === 'f32') return vectorType(width);
  return width === 1 ? 'f16' : `vec${width}h`;
}

/** The f32 values of an element that is read. */
export function loaded(element: string, width: VectorWidth, storage: StorageType = 'f32'): string {
  return storage === 'f32' ? element : `${vectorType(width)}(${element})`;
}

/** The element to write for f32 values. */
export function stored(value: string, width: VectorWidth, storage: StorageType = 'f32'): string {
  return storage === 'f32' ? value : `${storedType(width, storage)}(${value})`;
}

/** Declares bindings from 0 on, of arrays of stored values: those that are read, then those that are written. */
export function storedArraysWgsl(
  width: VectorWidth,
  read: readonly string[],
  written: readonly string[],
  storage: Stored = {},
): string {
  return [...read, ...written]
    .map((name, at) => {
      const access = at < read.length ? 'read' : 'read_write';
      return `@group(0) @binding(${at}) var<storage, ${access}> ${name}: array<${storedType(width, storage[name])}>;`;
    })
    .join('\n');
}

/** The f32 values of the named array's element at an index. */
export function loadedFrom(name: string, width: VectorWidth, storage: Stored): (at: string) => string {
  return (at) => loaded(`${name}[${at}]`, width, storage[name]);
}

/** A shader with the language feature that its arrays need. */
export function withStorage(code: string, storage: Stored): string {
  return Object.values(storage).includes('f16') ? `enable f16;\n${code}` : code;
}
