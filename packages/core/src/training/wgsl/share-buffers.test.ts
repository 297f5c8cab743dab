import { describe, expect, it } from 'vitest';
import { createStream } from '../../random/stream.ts';
import { type Lifetime, shareBuffers } from './share-buffers.ts';

const tensor = (name: string, bytes: number, first: number, last: number): Lifetime => ({ name, bytes, first, last });

describe('shareBuffers', () => {
  it('shares between tensors that are not needed at the same time', () => {
    const { bufferOf, bytes } = shareBuffers([tensor('a', 8, 0, 1), tensor('b', 8, 1, 2), tensor('c', 4, 2, 3)]);
    expect(bytes).toEqual([8, 8]);
    expect(bufferOf.get('a')).not.toBe(bufferOf.get('b'));
    expect(bufferOf.get('c')).toBe(bufferOf.get('a'));
  });

  it('takes two buffers for a chain of any length', () => {
    const chain = Array.from({ length: 50 }, (_, i) => tensor(`t${i}`, 100, i, i + 1));
    expect(shareBuffers(chain).bytes).toEqual([100, 100]);
  });

  it('takes nothing for nothing', () => {
    expect(shareBuffers([])).toEqual({ bufferOf: new Map(), bytes: [] });
  });

  it('never lets two living tensors share, and wastes little, for any lives', () => {
    const stream = createStream(1, 'testData', 0);
    for (let round = 0; round < 50; round++) {
      const tensors = Array.from({ length: 40 }, (_, i) => {
        const first = stream.below(30);
        return tensor(`t${i}`, 1 + stream.below(1000), first, first + stream.below(12));
      });
      const { bufferOf, bytes } = shareBuffers(tensors);
      const meet = (a: Lifetime, b: Lifetime) => a !== b && a.first <= b.last && b.first <= a.last;
      const shared = (a: Lifetime, b: Lifetime) => bufferOf.get(a.name) === bufferOf.get(b.name);
      expect(tensors.filter((a) => tensors.some((b) => meet(a, b) && shared(a, b)))).toEqual([]);
      expect(tensors.filter(({ name, bytes: size }) => bytes[bufferOf.get(name) as number] < size)).toEqual([]);
      const total = bytes.reduce((sum, size) => sum + size, 0);
      expect(total).toBeLessThan(tensors.reduce((sum, { bytes: size }) => sum + size, 0));
    }
  });
});
