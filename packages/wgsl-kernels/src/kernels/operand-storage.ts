import { InvalidOptionError } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { StorageType } from '../wgsl/stored.wgsl.ts';
import { checkNoUnknown } from './check-sizes.ts';

/** The storage of those operands of a kernel that may be f16; each is f32 unless told. */
export type OperandStorage<Name extends string> = { readonly [Operand in Name]?: StorageType };

/** An option of kernels that read or write activations. */
export interface StorageOption<Name extends string> {
  readonly storage?: OperandStorage<Name>;
}

/**
 * The storage of every operand. Throws InvalidOptionError for an operand that the kernel does not know or cannot store
 * otherwise, for a storage that there is not, and for f16 on a device without the feature `shader-f16`.
 */
export function resolveStorage<Name extends string>(
  kernel: string,
  session: Session,
  names: readonly Name[],
  { storage = {}, ...unknown }: StorageOption<Name>,
): Readonly<Record<Name, StorageType>> {
  checkNoUnknown(kernel, unknown);
  for (const [name, type] of Object.entries<StorageType | undefined>(storage)) {
    if (!names.some((known) => known === name)) {
      throw new InvalidOptionError(`${kernel}: storage of ${name}, expected only that of ${names.join(', ')}`);
    }
    if (type !== undefined && type !== 'f32' && type !== 'f16') {
      throw new InvalidOptionError(`${kernel}: storage of ${name} is ${String(type)}, expected f32 or f16`);
    }
  }
  const types = names.map((name) => storage[name] ?? 'f32');
  if (types.includes('f16')) requireHalfStorage(kernel, session.device);
  return Object.fromEntries(names.map((name, at) => [name, types[at]])) as Record<Name, StorageType>;
}

/** Throws InvalidOptionError unless shaders of the device can read and write f16. */
export function requireHalfStorage(what: string, { features }: GPUDevice): void {
  if (features.has('shader-f16')) return;
  throw new InvalidOptionError(
    `${what}: storage f16 needs the device feature shader-f16, the device has ${[...features].sort().join(', ') || 'none'}`,
    { hint: 'Use storage f32, or a device that was requested with shader-f16 from an adapter that has it.' },
  );
}

/** Bytes of `count` stored values, in whole words as bindings are. */
export function storedBytes(count: number, storage: StorageType = 'f32'): number {
  return storage === 'f32' ? count * 4 : Math.ceil(count / 2) * 4;
}

/**
 * How far a value may be from the exact one when it has been stored as f16, given its bound before. It is rounded to either
 * of its neighbors, less than 2^-10 of it away, and below 2^-14 may be flushed to 0. Beyond 65504 it becomes infinite.
 */
export function halfStorageBound(exact: number, bound: number): number {
  return bound + 2 ** -10 * (Math.abs(exact) + bound) + 2 ** -14;
}
