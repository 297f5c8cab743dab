import { expect } from 'vitest';
import { type Binding, InvalidOptionError, type Recorder, type Session } from '../../src/index.ts';
import { encodeInArenas } from './arenas.ts';

// The upper half of the poison in arenas.ts, and a NaN to stand behind an odd number of values.
const poison = 0x7fc0;
const nan = 0x7e01;
const infinity = 0x7c00;

/** The bits of the nearest f16 (ties to even) of an f32; 0 below 2^-14, since a device may flush those. */
function halfBits(value: number): number {
  if (Number.isNaN(value)) return nan;
  if (!Number.isFinite(value)) return value > 0 ? infinity : infinity | 0x8000;
  const word = new Uint32Array(Float32Array.of(value).buffer)[0];
  const rounded = (word & 0x7fffffff) + 0xfff + ((word >> 13) & 1);
  const exponent = (rounded >> 23) - 112;
  if (exponent >= 31) throw new Error(`${value} is no f16`);
  return ((word >> 16) & 0x8000) | (exponent < 1 ? 0 : (exponent << 10) | ((rounded >> 13) & 0x3ff));
}

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Each value as an f16 holds it. */
export function toHalves(values: Float32Array): Float32Array {
  return values.map((value) => halfValue(halfBits(value)));
}

/** Two values a word. */
function pack(values: Float32Array): Float32Array {
  const bits = new Uint16Array(2 * Math.ceil(values.length / 2)).fill(nan);
  bits.set(Array.from(values, halfBits));
  return new Float32Array(bits.buffer);
}

/** The values, after a check that nothing was written behind an odd number of them. */
function unpack(name: string, words: Float32Array, count: number): Float32Array {
  const bits = new Uint16Array(words.buffer, words.byteOffset, 2 * words.length);
  if (count < bits.length) expect(bits[count], `${name}: the half word behind the last value`).toBe(poison);
  return Float32Array.from(bits.subarray(0, count), halfValue);
}

/** `encodeInArenas`, where the operands named in `halves` are stored as f16. */
export async function encodeInHalfArenas<Input extends string, Output extends string>(
  session: Session,
  inputs: Readonly<Record<Input, Float32Array>>,
  outputs: Readonly<Record<Output, number | Float32Array>>,
  halves: readonly string[],
  encode: (recorder: Recorder, io: Readonly<Record<Input | Output, Binding>>) => void,
  apart: readonly NoInfer<Output>[] = [],
): Promise<Record<Output, Float32Array>> {
  const packed = Object.entries<Float32Array>(inputs).map(([name, values]) => [
    name,
    halves.includes(name) ? pack(values) : values,
  ]);
  const lengths = Object.entries<number | Float32Array>(outputs).map(([name, value]) => [
    name,
    halves.includes(name) && typeof value === 'number' ? Math.ceil(value / 2) : value,
  ]);
  const results = await encodeInArenas<Input, Output>(
    session,
    Object.fromEntries(packed),
    Object.fromEntries(lengths),
    encode,
    apart,
  );
  for (const [name, value] of Object.entries<number | Float32Array>(outputs)) {
    const output = name as Output;
    if (halves.includes(name) && typeof value === 'number') results[output] = unpack(name, results[output], value);
  }
  return results;
}

/** What `prepare` makes. Undefined on a device without f16, after a check that it is refused there by name. */
export async function preparedOrRefused<T>(session: Session, prepare: () => Promise<T>): Promise<T | undefined> {
  if (session.device.features.has('shader-f16')) return prepare();
  const failure = prepare();
  await expect(failure).rejects.toBeInstanceOf(InvalidOptionError);
  await expect(failure).rejects.toThrow('storage f16 needs the device feature shader-f16');
  return undefined;
}
