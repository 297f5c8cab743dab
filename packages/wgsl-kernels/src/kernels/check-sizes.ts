import { InvalidInputError, InvalidOptionError } from '../errors.ts';
import type { Binding } from '../session/step.ts';

/** Throws InvalidInputError unless every size is a whole number of at least 1, and their product counts in a u32. */
export function checkSizes(kernel: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new InvalidInputError(`${kernel}: ${name} is ${size}, expected a whole number >= 1`);
    }
  }
  const product = Object.values(sizes).reduce((all, size) => all * size, 1);
  if (product >= 2 ** 32) {
    throw new InvalidInputError(
      `${kernel}: ${Object.keys(sizes).join(' * ')} is ${product}, expected less than 2^32 values`,
    );
  }
}

/** Throws InvalidInputError unless the array has as many values as expected. */
export function checkLength(kernel: string, name: string, values: ArrayLike<number>, expected: number): void {
  if (values.length !== expected) {
    throw new InvalidInputError(`${kernel}: ${name} has ${values.length} values, expected ${expected}`);
  }
}

/** Throws InvalidOptionError for options that a kernel does not know. */
export function checkNoUnknown(kernel: string, unknown: object): void {
  for (const name of Object.keys(unknown)) throw new InvalidOptionError(`${kernel}: unknown option ${name}`);
}

/** Throws InvalidOptionError unless every size is a whole number of at least 1. */
export function checkSizeOptions(kernel: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new InvalidOptionError(`${kernel}: ${name} is ${size}, expected a whole number >= 1`);
  }
}

/** The binding with the size that the kernel reads or writes, whatever the buffer holds behind it. */
export function sized({ buffer, offset = 0 }: Binding, bytes: number): Binding {
  return { buffer, offset, size: bytes };
}
