import { readFileSync } from 'node:fs';
import { DataFormatError, InvalidInputError } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NpyArray, readNpy, writeNpy } from './npy.ts';
import { readNpz, writeNpz } from './npz.ts';

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../../test/fixtures/${name}`, import.meta.url)));
const plain = (array: NpyArray | undefined) => array && { ...array, data: [...array.data] };

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const size = (dimensions: number[]) => dimensions.reduce((a, b) => a * b, 1);
const anyArray: fc.Arbitrary<NpyArray> = shape.chain((shape) => {
  const length = { minLength: size(shape), maxLength: size(shape) };
  return fc.oneof(
    fc.float32Array(length).map((data): NpyArray => ({ dtype: 'float32', shape, data })),
    fc.float64Array(length).map((data): NpyArray => ({ dtype: 'float64', shape, data })),
    fc.uint8Array(length).map((data): NpyArray => ({ dtype: 'uint8', shape, data })),
    fc.uint8Array({ ...length, max: 1 }).map((data): NpyArray => ({ dtype: 'bool', shape, data })),
    fc.uint32Array(length).map((data): NpyArray => ({ dtype: 'uint32', shape, data })),
    fc.int32Array(length).map((data): NpyArray => ({ dtype: 'int32', shape, data })),
    fc.bigInt64Array(length).map((data): NpyArray => ({ dtype: 'int64', shape, data })),
  );
});
const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_.]{0,12}$/);

describe('npz', () => {
  it('survives writing and reading, stored and deflated, bit by bit', () => {
    fc.assert(
      fc.property(fc.dictionary(name, anyArray, { maxKeys: 4 }), fc.boolean(), (arrays, compress) => {
        const bytes = writeNpz(arrays, { compress });
        expect(Object.fromEntries(readNpz(bytes, 'x.npz'))).toEqual({ ...arrays });
        expect(writeNpz(arrays, { compress })).toEqual(bytes);
      }),
    );
  });

  it.each(['numpy-stored.npz', 'numpy-deflated.npz'])('reads %s, which numpy wrote', (file) => {
    const arrays = readNpz(fixture(file), file);
    expect([...arrays.keys()]).toEqual([
      'latents',
      'scores',
      'labels',
      'rows',
      'signed',
      'whole',
      'mask',
      'single',
      'empty',
      'zeros',
    ]);
    expect(plain(arrays.get('latents'))).toEqual({
      dtype: 'float32',
      shape: [3, 4],
      data: Array.from({ length: 12 }, (_, i) => i / 8 - 1),
    });
    expect(plain(arrays.get('scores'))).toEqual({
      dtype: 'float64',
      shape: [4],
      data: [0.1, Number.NEGATIVE_INFINITY, Number.NaN, 1e300],
    });
    expect(plain(arrays.get('labels'))).toEqual({ dtype: 'uint8', shape: [3], data: [0, 9, 255] });
    expect(plain(arrays.get('rows'))).toEqual({ dtype: 'uint32', shape: [2], data: [0, 2 ** 32 - 1] });
    expect(plain(arrays.get('signed'))).toEqual({ dtype: 'int32', shape: [2, 1], data: [-(2 ** 31), 7] });
    expect(plain(arrays.get('whole'))).toEqual({ dtype: 'int64', shape: [2], data: [-(2n ** 63n), 2n ** 63n - 1n] });
    expect(plain(arrays.get('mask'))).toEqual({ dtype: 'bool', shape: [3], data: [1, 0, 1] });
    expect(plain(arrays.get('single'))).toEqual({ dtype: 'float64', shape: [], data: [2.5] });
    expect(plain(arrays.get('empty'))).toEqual({ dtype: 'float32', shape: [0, 5], data: [] });
    expect(arrays.get('zeros')).toEqual({ dtype: 'int16', shape: [40, 50], data: new Int16Array(2000) });
  });

  it('refuses column-major arrays, with the way out', () => {
    expect(() => readNpz(fixture('numpy-refused.npz'), 'f.npz')).toThrow('f.npz: columns.npy: values in column-major');
  });

  it('refuses every cut off file', () => {
    for (const file of ['numpy-stored.npz', 'numpy-deflated.npz']) {
      const whole = fixture(file);
      fc.assert(
        fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
          expect(() => readNpz(whole.subarray(0, length), file)).toThrow(DataFormatError);
        }),
      );
    }
  });

  it('finds a changed byte, or reads the same arrays; it never throws anything else', () => {
    const whole = fixture('numpy-deflated.npz');
    const content = JSON.stringify(
      [...readNpz(whole, 'x')].map(([, array]) => [array.shape, [...array.data].map(String)]),
    );
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = whole.slice();
        changed[at] ^= change;
        try {
          // A changed date, version or name in the directory does not touch the arrays.
          expect(
            JSON.stringify([...readNpz(changed, 'x')].map(([, array]) => [array.shape, [...array.data].map(String)])),
          ).toBe(content);
        } catch (error) {
          expect(error).toBeInstanceOf(DataFormatError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('finds a directory with fewer entries than it has, and a file renamed into a folder', () => {
    const whole = fixture('numpy-deflated.npz');
    const count = whole.length - 22 + 10;
    const fewer = whole.slice();
    fewer[count] -= 1;
    expect(() => readNpz(fewer, 'f.npz')).toThrow('f.npz: its directory has not the');
    const lastName = new TextDecoder('latin1').decode(whole).lastIndexOf('.npy') + 3;
    const folder = whole.slice();
    folder[lastName] = '/'.charCodeAt(0);
    expect(() => readNpz(folder, 'f.npz')).toThrow(/f\.npz: holds .*\.np\/, expected \.npy files/);
  });

  it('stops at the bound, before it unpacks', () => {
    const bomb = writeNpz(
      { zeros: { dtype: 'uint8', shape: [1_000_000], data: new Uint8Array(1_000_000) } },
      { compress: true },
    );
    expect(bomb.length).toBeLessThan(3000);
    expect(() => readNpz(bomb, 'b.npz', { maxBytes: 900_000 })).toThrow('expected at most 900000');
    expect(readNpz(bomb, 'b.npz', { maxBytes: 1_000_128 }).get('zeros')?.data.length).toBe(1_000_000);
  });

  it('does not believe a size that deflate cannot reach', () => {
    const bytes = writeNpz({ a: { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 3) } }, { compress: true });
    const directoryAt = bytes.findIndex(
      (_, i) => bytes[i] === 0x50 && bytes[i + 1] === 0x4b && bytes[i + 2] === 1 && bytes[i + 3] === 2,
    );
    new DataView(bytes.buffer).setUint32(directoryAt + 24, 2 ** 30, true);
    expect(() => readNpz(bytes, 'x')).toThrow('cannot hold 1073741824');
  });

  it('refuses other files inside, and names that are paths', () => {
    expect(() => writeNpz({ 'a/b': { dtype: 'bool', shape: [], data: Uint8Array.of(1) } })).toThrow(InvalidInputError);
    expect(() => readNpz(new Uint8Array(100), 'none.npz')).toThrow('none.npz: not a whole zip file');
  });
});

describe('npy', () => {
  const array: NpyArray = { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
  const withHeader = (text: string, values = new Uint8Array(16)) => {
    const bytes = new Uint8Array(10 + text.length + values.length);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0]);
    bytes.set(new TextEncoder().encode(text), 10);
    return bytes;
  };

  it('starts its values at a multiple of 64 bytes, for any shape', () => {
    fc.assert(
      fc.property(anyArray, (array) => {
        expect((writeNpy(array).length - array.data.byteLength) % 64).toBe(0);
      }),
    );
  });

  it('writes a part of a larger buffer', () => {
    const part = new Float32Array([9, 1, 2, 3, 4, 9]).subarray(1, 5);
    expect(writeNpy({ ...array, data: part })).toEqual(writeNpy(array));
  });

  it('reads a header in another order, in double quotes', () => {
    const bytes = withHeader('{"shape": (2, 2), "fortran_order": False, "descr": "<f4"}');
    expect(readNpy(bytes, 'x')).toEqual({ ...array, data: new Float32Array(4) });
  });

  it.each([
    ['another type', "{'descr': '>f4', 'fortran_order': False, 'shape': (4,), }", "values of type '>f4'"],
    ['named fields', "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,), }", 'expected one type'],
    ['objects', "{'descr': '|O', 'fortran_order': False, 'shape': (4,), }", 'holds Python objects'],
    [
      'too few values',
      "{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }",
      "16 bytes of values, shape (5) of '<f4' needs 20",
    ],
    [
      'an absurd shape',
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }",
      '16 bytes of values',
    ],
    ['a negative shape', "{'descr': '<f4', 'fortran_order': False, 'shape': (-4,), }", 'expected one type'],
  ])('refuses %s', (_, header, text) => {
    expect(() => readNpy(withHeader(header), 'x.npy')).toThrow(DataFormatError);
    expect(() => readNpy(withHeader(header), 'x.npy')).toThrow(text);
  });

  it('refuses a header beyond its bound or the file', () => {
    const bytes = writeNpy(array);
    bytes[9] = 0xff;
    expect(() => readNpy(bytes, 'x')).toThrow('expected at most 4096');
    bytes[9] = 1;
    expect(() => readNpy(bytes, 'x')).toThrow('a header of 374 bytes in a file of 144');
    bytes[6] = 9;
    expect(() => readNpy(bytes, 'x')).toThrow('npy version 9');
  });

  it.each([
    ['a wrong length', { shape: [5] }, 'data has 4 values, shape [5] needs 5'],
    ['a wrong type', { dtype: 'float64' as const }, 'data is a Float32Array, expected Float64Array'],
    ['a fraction', { shape: [0.5, 8] }, 'whole numbers'],
  ])('is not written with %s', (_, change, text) => {
    expect(() => writeNpy({ ...array, ...change })).toThrow(text);
  });
});
