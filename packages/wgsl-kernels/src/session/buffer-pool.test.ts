import { describe, expect, it } from 'vitest';
import { testSession } from '../../test/support/device.ts';
import { bufferUsage, InvalidInputError } from '../index.ts';
import { sizeClass } from './buffer-pool.ts';

const { storage, uniform } = bufferUsage;

describe('sizeClass', () => {
  it('is a multiple of 4, at least the size, at most a quarter more, and shared by near sizes', () => {
    const most = 2 ** 30;
    for (let bytes = 257; bytes < 5000; bytes += 37) {
      const size = sizeClass(bytes, most);
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size).toBeLessThanOrEqual(1.25 * bytes + 4);
      expect(size % 4).toBe(0);
      expect(sizeClass(size, most)).toBe(size);
    }
    expect(sizeClass(0, most)).toBe(256);
    expect(sizeClass(1_000_001, most)).toBe(sizeClass(1_000_100, most));
  });

  it('does not round beyond the largest buffer', () => {
    expect(sizeClass(1001, 1010)).toBe(1004);
  });
});

describe('buffer pool', () => {
  it('hands the same buffer out again for the same usage and size class only', async () => {
    const { pool } = await testSession();
    const first = pool.acquire(1000, storage, 'first');
    pool.release(first);
    expect(pool.acquire(1000, uniform, 'other usage')).not.toBe(first);
    expect(pool.acquire(2000, storage, 'other size')).not.toBe(first);
    const again = pool.acquire(1001, storage, 'again');
    expect(again).toBe(first);
    expect(again.label).toBe('again');
    expect(pool.stats()).toMatchObject({ createdCount: 3, reusedCount: 1, liveCount: 3, pooledCount: 0 });
  });

  it('keeps what waits below its cap, and drops what waited longest', async () => {
    const { pool } = await testSession({ poolLimitBytes: 4096 });
    const buffers = [0, 1, 2].map((at) => pool.acquire(2048, storage, `buffer ${at}`));
    expect(pool.stats().liveBytes).toBe(3 * 2048);
    for (const buffer of buffers) pool.release(buffer);
    expect(pool.stats()).toMatchObject({ liveBytes: 0, pooledBytes: 4096, pooledCount: 2 });
    const kept = [pool.acquire(2048, storage, 'a'), pool.acquire(2048, storage, 'b'), pool.acquire(2048, storage, 'c')];
    expect(kept).toContain(buffers[1]);
    expect(kept).toContain(buffers[2]);
    expect(kept).not.toContain(buffers[0]);
    const large = pool.acquire(100_000, storage, 'large');
    pool.release(large);
    expect(pool.stats().pooledBytes).toBe(0);
  });

  it('keeps nothing with a cap of 0', async () => {
    const { pool } = await testSession({ poolLimitBytes: 0 });
    pool.release(pool.acquire(64, storage, 'x'));
    expect(pool.stats()).toMatchObject({ pooledBytes: 0, pooledCount: 0, liveBytes: 0 });
  });

  it('refuses a buffer twice, a foreign one, and a size that is none', async () => {
    const { pool, device } = await testSession();
    const buffer = pool.acquire(64, storage, 'x');
    expect(() => pool.release(buffer)).not.toThrow();
    expect(() => pool.release(buffer)).toThrow(InvalidInputError);
    const foreign = device.createBuffer({ size: 64, usage: storage });
    expect(() => pool.release(foreign)).toThrow(InvalidInputError);
    foreign.destroy();
    for (const bytes of [-1, 1.5, Number.NaN])
      expect(() => pool.acquire(bytes, storage, 'x')).toThrow(InvalidInputError);
  });

  it('does not hand a discarded buffer out again', async () => {
    const { pool } = await testSession();
    const buffer = pool.acquire(64, storage, 'x');
    pool.discard(buffer);
    expect(pool.owns(buffer)).toBe(false);
    expect(pool.acquire(64, storage, 'x')).not.toBe(buffer);
  });
});
