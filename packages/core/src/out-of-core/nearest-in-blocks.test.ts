import {
  distanceMetrics,
  InvalidInputError,
  InvalidOptionError,
  type Matrix,
  NumericError,
  nearestReference,
} from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMatrix, matrixKinds } from '../../../wgsl-kernels/test/support/cases.ts';
import { expectSameBits } from '../../../wgsl-kernels/test/support/compare.ts';
import { testDevice } from '../../../wgsl-kernels/test/support/device.ts';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { createGpuLatentOps } from '../latent-ops/gpu-latent-ops.ts';
import type { DistanceMetric, LatentOps } from '../latent-ops/latent-ops.ts';
import { blockSizes } from './block-sizes.ts';
import { type NearestInBlocksOptions, nearestInBlocks } from './nearest-in-blocks.ts';
import { matrixRows, type RowSource } from './row-source.ts';

const cpu = createCpuLatentOps();
let gpu: LatentOps;
beforeAll(async () => {
  gpu = createGpuLatentOps(await testDevice());
});
afterAll(() => gpu.dispose());

const [, , ties, duplicates] = matrixKinds;
const memoryFor = (query: Matrix, k: number, rest: number) => 16 * k * query.n + rest;
const sizesOf = (query: Matrix, base: Matrix, k: number, memoryBytes: number) =>
  blockSizes({ n: query.n, m: base.n, d: query.d, k, memoryBytes, largestKeptBytes: 2 ** 27 });

async function expectExact(
  ops: LatentOps,
  query: Matrix,
  base: Matrix,
  options: NearestInBlocksOptions & { metric: DistanceMetric },
) {
  const found = await nearestInBlocks(ops, matrixRows(query, 'query'), matrixRows(base, 'base'), options);
  const expected = nearestReference(query, base, options.k, options.metric);
  expect(found.indices).toEqual(expected.indices);
  expect(found.keys).toEqual(expected.keys);
  expectSameBits(found.distances, expected.distances, options.metric);
}

describe.each(['cpu', 'gpu'] as const)('nearest in blocks on the %s equals the reference', (kind) => {
  const ops = () => (kind === 'cpu' ? cpu : gpu);

  it.each(distanceMetrics)('%s: blocks that do not divide the rows', async (metric) => {
    const query = makeMatrix(100, 3, 1);
    const base = makeMatrix(50, 3, 2);
    const memoryBytes = memoryFor(query, 2, 3600);
    expect(sizesOf(query, base, 2, memoryBytes)).toEqual({ queryRows: 86, baseRows: 11, callRows: 1 });
    await expectExact(ops(), query, base, { k: 2, metric, memoryBytes });
  });

  it('ties across blocks go to the lowest row, whichever way the blocks come', async () => {
    const query = makeMatrix(150, 3, 3, ties);
    for (const base of [makeMatrix(80, 3, 4, ties), makeMatrix(80, 3, 5, duplicates)]) {
      const memoryBytes = memoryFor(query, 3, 4300);
      const { queryRows, baseRows } = sizesOf(query, base, 3, memoryBytes);
      // There and back, at least.
      expect([Math.ceil(150 / queryRows), Math.ceil(80 / baseRows)]).toEqual([2, 6]);
      await expectExact(ops(), query, base, { k: 3, metric: 'squared-l2', memoryBytes });
    }
  });

  it('more neighbors than a block has rows', async () => {
    const query = makeMatrix(9, 64, 6);
    const base = makeMatrix(20, 64, 7);
    const memoryBytes = memoryFor(query, 8, 16_000);
    expect(sizesOf(query, base, 8, memoryBytes).baseRows).toBe(3);
    await expectExact(ops(), query, base, { k: 8, metric: 'l2', memoryBytes });
    await expectExact(ops(), query, base, { k: 20, metric: 'l2', memoryBytes: memoryFor(query, 20, 30_000) });
  });

  it('one row of each, and all in one block', async () => {
    await expectExact(ops(), makeMatrix(1, 4, 8), makeMatrix(1, 4, 9), { k: 1, metric: 'cosine', memoryBytes: 4000 });
    await expectExact(ops(), makeMatrix(70, 67, 10), makeMatrix(90, 67, 11), { k: 5, metric: 'l2', memoryBytes: 1e7 });
  });

  it('far from the origin, where f32 cannot rank', async () => {
    const offset = matrixKinds[1];
    const query = makeMatrix(60, 4, 12, offset);
    await expectExact(ops(), query, makeMatrix(70, 4, 13, offset), {
      k: 4,
      metric: 'squared-l2',
      memoryBytes: memoryFor(query, 4, 6000),
    });
  });

  it('no query: no neighbor, and nothing is read', async () => {
    const base = { ...matrixRows(makeMatrix(5, 2, 1), 'base'), read: () => Promise.reject(new Error('read')) };
    const none = matrixRows({ data: new Float32Array(0), n: 0, d: 2 }, 'query');
    const found = await nearestInBlocks(ops(), none, base, { k: 3, memoryBytes: 1e6 });
    expect(found).toMatchObject({ recomputedCount: 0, indices: new Uint32Array(0), distances: new Float32Array(0) });
  });
});

it('any shape, memory and number of neighbors', async () => {
  const shape = fc.record({
    n: fc.integer({ min: 0, max: 30 }),
    m: fc.integer({ min: 1, max: 30 }),
    d: fc.integer({ min: 1, max: 5 }),
    k: fc.integer({ min: 1, max: 30 }),
    rest: fc.integer({ min: 0, max: 20_000 }),
    seed: fc.nat(1000),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ n, m, d, k, rest, seed }) => {
      const query = makeMatrix(n, d, seed, ties);
      const neighbors = Math.min(k, m);
      const memoryBytes = 16 * neighbors * n + 8 * (16 * d + 80 * (neighbors + 3)) + rest;
      await expectExact(cpu, query, makeMatrix(m, d, seed + 1, ties), {
        k: neighbors,
        metric: 'squared-l2',
        memoryBytes,
      });
    }),
    { numRuns: 60 },
  );
});

/** Real operations and sources, with a count of what is in use at a time. */
function watched(ops: LatentOps, query: Matrix, base: Matrix) {
  const spaces = new Set<ArrayBufferLike>();
  const events: string[] = [];
  const use = { keptCount: 0, mostKept: 0, callCount: 0, mostCalls: 0, mostCallRows: 0, baseReads: 0 };
  const source = (matrix: Matrix, name: string): RowSource => {
    const rows = matrixRows(matrix, name);
    return {
      ...rows,
      async read(first, count, into) {
        spaces.add(into.buffer);
        if (name === 'base') use.baseReads++;
        events.push(`read ${name} ${first}`);
        await new Promise((resolve) => setTimeout(resolve));
        await rows.read(first, count, into);
      },
    };
  };
  const counting: LatentOps = {
    ...ops,
    async keep(matrix) {
      const kept = await ops.keep(matrix);
      use.mostKept = Math.max(use.mostKept, ++use.keptCount);
      return {
        matrix: kept.matrix,
        release: () => {
          use.keptCount--;
          kept.release();
        },
      };
    },
    async nearest(rows, block, k, metric) {
      use.mostCalls = Math.max(use.mostCalls, ++use.callCount);
      use.mostCallRows = Math.max(use.mostCallRows, rows.n);
      try {
        return await ops.nearest(rows, block, k, metric);
      } finally {
        use.callCount--;
        events.push('call ended');
      }
    },
  };
  const hostBytes = () => [...spaces].reduce((sum, { byteLength }) => sum + byteLength, 0);
  return { query: source(query, 'query'), base: source(base, 'base'), ops: counting, use, events, hostBytes };
}

/** Counts the bytes of a device's buffers from now on: those made and not yet destroyed. */
function watchBuffers(device: GPUDevice) {
  const create = device.createBuffer.bind(device);
  const bytes = { live: 0, most: 0 };
  const spy = vi.spyOn(device, 'createBuffer').mockImplementation((descriptor) => {
    const buffer = create(descriptor);
    bytes.live += buffer.size;
    bytes.most = Math.max(bytes.most, bytes.live);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      bytes.live -= buffer.size;
      return destroy();
    };
    return buffer;
  });
  return { bytes, stop: () => spy.mockRestore() };
}

describe('memory', () => {
  it.each([
    ['squared-l2', 1, 2 ** 21],
    ['cosine', 8, 2 ** 22],
  ] as const)(
    '%s, k = %i: blocks, results and buffers of the device are within %i bytes',
    async (metric, k, memory) => {
      const host = await testDevice();
      const watch = watchBuffers(host.device);
      const own = createGpuLatentOps(host, { poolLimitBytes: 0 });
      const query = makeMatrix(6000, 32, 14);
      const base = makeMatrix(2500, 32, 15);
      const { use, ...seen } = watched(own, query, base);
      const found = await nearestInBlocks(seen.ops, seen.query, seen.base, { k, metric, memoryBytes: memory });
      const { queryRows, baseRows, callRows } = sizesOf(query, base, k, memory);
      expect(Math.ceil(2500 / baseRows)).toBeGreaterThan(1);
      expect([use.mostKept, use.mostCalls, use.keptCount, use.callCount]).toEqual([2, 2, 0, 0]);
      expect(use.mostCallRows).toBeLessThanOrEqual(callRows);
      // Two blocks of the base, one of queries, whatever comes and goes.
      expect(seen.hostBytes()).toBe((2 * baseRows + queryRows) * 32 * 4);
      const resultBytes = found.indices.byteLength + found.distances.byteLength + found.keys.byteLength;
      expect(watch.bytes.most).toBeGreaterThan(2 * baseRows * 32 * 4);
      expect(resultBytes + seen.hostBytes() + watch.bytes.most).toBeLessThan(memory);
      own.dispose();
      watch.stop();
    },
  );

  it('the base is read once for a block of queries, and the block in which it turns once less', async () => {
    const query = makeMatrix(150, 3, 3);
    const base = makeMatrix(80, 3, 4);
    const memoryBytes = memoryFor(query, 3, 4300);
    const { ops, use, events, ...seen } = watched(cpu, query, base);
    await nearestInBlocks(ops, seen.query, seen.base, { k: 3, memoryBytes });
    expect(use.baseReads).toBe(2 * 6 - 1);
    // The next block is asked for before the first is computed with.
    expect(events.indexOf('read base 14')).toBeLessThan(events.indexOf('call ended'));
  });

  it('a base that fits is read once', async () => {
    const query = makeMatrix(150, 3, 3);
    const { ops, use, ...seen } = watched(cpu, query, makeMatrix(5, 3, 4));
    await nearestInBlocks(ops, seen.query, seen.base, { k: 3, memoryBytes: memoryFor(query, 3, 4300) });
    expect([use.baseReads, use.mostKept, use.keptCount]).toEqual([1, 1, 0]);
  });

  it('blocks fit into what the operations can keep', () => {
    const shape = { n: 1e6, m: 1e6, d: 64, k: 1, memoryBytes: 2 ** 36 };
    expect(blockSizes({ ...shape, largestKeptBytes: 2 ** 27 })).toEqual({
      queryRows: 1e6,
      baseRows: 524_288,
      callRows: 524_288,
    });
    expect(blockSizes({ ...shape, largestKeptBytes: Number.POSITIVE_INFINITY }).baseRows).toBe(1e6);
  });

  it('a base larger than a binding, whatever the memory', async () => {
    const own = createGpuLatentOps(await testDevice(), { maxBindingBytes: 2 ** 14 });
    const query = makeMatrix(40, 32, 16);
    const base = makeMatrix(300, 32, 17);
    const { ops, use, ...seen } = watched(own, query, base);
    const { indices } = await nearestInBlocks(ops, seen.query, seen.base, { k: 2, memoryBytes: 2 ** 30 });
    expect(indices).toEqual(nearestReference(query, base, 2, 'squared-l2').indices);
    // 2^14 bytes are 128 rows of 32 values.
    expect(use.baseReads).toBe(Math.ceil(300 / 128));
    own.dispose();
  });

  it('too little is refused with what the least would be, which is enough', async () => {
    const query = makeMatrix(20, 3, 1);
    const search = (memoryBytes: number) => expectExact(cpu, query, query, { k: 1, metric: 'l2', memoryBytes });
    const least = 16 * 20 + 4 * 2 * (16 * 3 + 80 * 4);
    await expect(search(least - 1)).rejects.toThrow(`memoryBytes is ${least - 1}, expected at least ${least}`);
    await search(least);
    const wide = { n: 1, m: 9, d: 1000, k: 1, largestKeptBytes: 2 ** 27 };
    const leastWide = 16 + 4 * 2 * (16 * 1000 + 80 * 4);
    expect(() => blockSizes({ ...wide, memoryBytes: leastWide - 1 })).toThrow(InvalidOptionError);
    expect(blockSizes({ ...wide, memoryBytes: leastWide }).callRows).toBe(1);
    for (const memoryBytes of [0, -1, Number.NaN])
      await expect(search(memoryBytes)).rejects.toThrow(InvalidOptionError);
  });
});

describe('progress and interruption', () => {
  const query = makeMatrix(150, 3, 3);
  const base = makeMatrix(80, 3, 4);
  const memoryBytes = memoryFor(query, 3, 4300);

  it('pairs are counted to the last', async () => {
    const counts: number[] = [];
    await nearestInBlocks(cpu, matrixRows(query, 'query'), matrixRows(base, 'base'), {
      k: 3,
      memoryBytes,
      onProgress: ({ doneCount, totalCount }) => {
        expect(totalCount).toBe(150 * 80);
        counts.push(doneCount);
      },
    });
    expect(counts.at(-1)).toBe(150 * 80);
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
  });

  it.each(['cpu', 'gpu'] as const)('a signal ends it on the %s, and nothing is left', async (kind) => {
    const { ops, use, ...seen } = watched(kind === 'cpu' ? cpu : gpu, query, base);
    const controller = new AbortController();
    const reason = new Error('enough');
    const search = nearestInBlocks(ops, seen.query, seen.base, {
      k: 3,
      memoryBytes,
      signal: controller.signal,
      onProgress: ({ doneCount }) => doneCount > 2000 && controller.abort(reason),
    });
    await expect(search).rejects.toBe(reason);
    expect([use.keptCount, use.callCount]).toEqual([0, 0]);
  });

  it('timers run between calls on the CPU', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await nearestInBlocks(cpu, matrixRows(query, 'query'), matrixRows(base, 'base'), { k: 3, memoryBytes });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
  });
});

describe('what is refused', () => {
  const query = makeMatrix(30, 3, 1);
  const base = makeMatrix(40, 3, 2);
  const options: NearestInBlocksOptions = { k: 1, memoryBytes: memoryFor(query, 1, 3000) };
  const search = (a: Matrix, b: Matrix, given = options, ops = cpu) =>
    nearestInBlocks(ops, matrixRows(a, 'q.npy'), matrixRows(b, 'b.npy'), given);
  const withValue = (matrix: Matrix, row: number, column: number, value: number): Matrix => {
    const data = matrix.data.slice();
    data[row * matrix.d + column] = value;
    return { ...matrix, data };
  };

  it('values that are not finite, by their row in the whole', async () => {
    await expect(search(query, base)).resolves.toBeDefined();
    await expect(search(query, withValue(base, 37, 2, Number.NaN))).rejects.toThrow(
      'b.npy: row 37 holds NaN in column 2',
    );
    await expect(search(withValue(query, 29, 0, Number.POSITIVE_INFINITY), base)).rejects.toThrow(
      'q.npy: row 29 holds Infinity in column 0',
    );
  });

  it('shapes, neighbors and options that do not fit', async () => {
    await expect(search(query, makeMatrix(5, 4, 1))).rejects.toThrow('q.npy has 3 columns, b.npy has 4');
    for (const k of [0, 1.5, 33, 41]) {
      await expect(search(query, base, { ...options, k, memoryBytes: 1e7 })).rejects.toThrow(InvalidInputError);
    }
    await expect(search(query, { data: new Float32Array(0), n: 0, d: 3 })).rejects.toThrow(InvalidInputError);
    await expect(search(query, base, { ...options, metric: 'l3' as DistanceMetric })).rejects.toThrow(
      InvalidOptionError,
    );
    await expect(search(query, base, { ...options, memory: 1 } as NearestInBlocksOptions)).rejects.toThrow(
      'unknown option memory',
    );
    expect(() => matrixRows({ ...query, n: 31 }, 'q.npy')).toThrow(InvalidInputError);
    const odd = { ...matrixRows(query, 'odd'), n: 2.5 };
    await expect(nearestInBlocks(cpu, odd, matrixRows(base, 'b'), options)).rejects.toThrow('odd: 2.5 rows');
  });

  it.each(['cpu', 'gpu'] as const)('distances beyond f32 on the %s, with the blocks they are in', async (kind) => {
    const large = { ...base, data: base.data.map((value) => value * 1e30) };
    const found = search(query, large, options, kind === 'cpu' ? cpu : gpu);
    await expect(found).rejects.toThrow(NumericError);
    await expect(found).rejects.toThrow(/\(rows of q\.npy from 0, of b\.npy from 0\)$/);
  });

  it.each([1, 2, 3])('a source that fails at its read %i is heard, and nothing is left', async (failing) => {
    for (const real of [cpu, gpu]) {
      const { ops, use, ...seen } = watched(real, query, base);
      let reads = 0;
      const broken: RowSource = {
        ...seen.base,
        read: (...where) => (++reads === failing ? Promise.reject(new Error('torn out')) : seen.base.read(...where)),
      };
      await expect(nearestInBlocks(ops, seen.query, broken, options)).rejects.toThrow('torn out');
      expect([use.keptCount, use.callCount]).toEqual([0, 0]);
    }
  });
});
