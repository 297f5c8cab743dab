import { beforeAll, describe, expect, it } from 'vitest';
import { testSession } from '../test/support/device.ts';
import { philox4x32, philox4x32Fill, type Session } from './index.ts';
import { philoxWgsl } from './wgsl/philox.wgsl.ts';

const words = (hex: string) => hex.split(' ').map((word) => Number.parseInt(word, 16));

// The "philox4x32 10" lines of tests/kat_vectors in Random123 1.14.0: counter, key, output.
const knownAnswers = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
].map(([counter, key, output]) => ({
  counter: words(counter) as [number, number, number, number],
  key: words(key) as [number, number],
  output: words(output),
}));

describe('philox4x32', () => {
  it.each(knownAnswers)('gives the published answer for counter $counter', ({ counter, key, output }) => {
    expect(philox4x32(counter, key)).toEqual(output);
  });

  it('fills with consecutive blocks and carries through all four words', () => {
    const start = [0xfffffffe, 0xffffffff, 0xffffffff, 7] as const;
    const out = new Uint32Array(15);
    philox4x32Fill(out, start, [1, 2]);
    const counters = [start, [0xffffffff, 0xffffffff, 0xffffffff, 7], [0, 0, 0, 8], [1, 0, 0, 8]] as const;
    expect([...out]).toEqual(counters.flatMap((counter) => philox4x32(counter, [1, 2])).slice(0, 15));
  });

  it('leaves an empty array alone', () => {
    expect(() => philox4x32Fill(new Uint32Array(0), [0, 0, 0, 0], [0, 0])).not.toThrow();
  });

  it('draws bits that are set half of the time', () => {
    const out = new Uint32Array(40_000);
    philox4x32Fill(out, [0, 0, 0, 0], [3, 0]);
    for (let bit = 0; bit < 32; bit++) {
      let set = 0;
      for (const word of out) set += (word >>> bit) & 1;
      // Binomial(40 000, 1/2) has a deviation of 100; 6 of them happen by chance once in 500 million.
      expect(Math.abs(set - 20_000)).toBeLessThan(600);
    }
  });
});

describe('the WGSL fragment', () => {
  let session: Session;
  beforeAll(async () => {
    session = await testSession();
  });

  it('equals the TypeScript word for word', async () => {
    const pipeline = await session.pipeline({
      label: 'philox-test',
      code: `${philoxWgsl}
@group(0) @binding(0) var<storage, read> input: array<array<vec4u, 2>>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4u>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&input)) { output[id.x] = philox4x32(input[id.x][0], input[id.x][1].xy); }
}`,
    });
    // Known answers first, then counters and keys that are themselves drawn.
    const blocks = 1000;
    const input = new Uint32Array(blocks * 8);
    philox4x32Fill(input, [0, 0, 0, 0], [9, 9]);
    for (const [at, { counter, key }] of knownAnswers.entries()) input.set([...counter, ...key], at * 8);
    const expected = new Uint32Array(blocks * 4);
    for (let at = 0; at < blocks; at++) {
      const [c0, c1, c2, c3, k0, k1] = input.subarray(at * 8, at * 8 + 6);
      expected.set(philox4x32([c0, c1, c2, c3], [k0, k1]), at * 4);
    }
    const [result] = await session.submit('philox-test', (step) => {
      const output = step.temporary(expected.byteLength, 'output');
      const bindings = [
        { buffer: step.upload(input, 'input'), size: input.byteLength },
        { buffer: output, size: expected.byteLength },
      ];
      step.dispatch({ label: 'philox-test', pipeline, bindings, workgroups: Math.ceil(blocks / 64) });
      return [{ buffer: output, bytes: expected.byteLength }];
    });
    expect(new Uint32Array(result)).toEqual(expected);
  });
});
