import type { BufferPool } from './buffer-pool.ts';
import { bufferUsage } from './usage.ts';

/** The first `bytes` of a buffer, to be read back. */
export interface Read {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

const mapModeRead = 1;
const padded = (bytes: number) => Math.ceil(bytes / 4) * 4;

/** Reads several buffers back through one staging buffer. */
export function createReadback(pool: BufferPool, label: string) {
  let staging: GPUBuffer | undefined;
  let reads: readonly Read[] = [];
  let mapped = false;
  return {
    /** Records the copies. */
    record(encoder: GPUCommandEncoder, wanted: readonly Read[]): void {
      reads = wanted;
      const total = wanted.reduce((sum, { bytes }) => sum + padded(bytes), 0);
      if (total === 0) return;
      staging = pool.acquire(total, bufferUsage.readback, `${label}: readback`);
      let offset = 0;
      for (const { buffer, bytes } of wanted) {
        if (bytes > 0) encoder.copyBufferToBuffer(buffer, 0, staging, offset, padded(bytes));
        offset += padded(bytes);
      }
    },
    /** Call it after the submission. */
    async map(): Promise<void> {
      await staging?.mapAsync(mapModeRead);
      mapped = staging !== undefined;
    },
    /** Copies the values out: the mapped range goes away with the mapping. */
    take(): ArrayBuffer[] {
      if (!staging) return reads.map(() => new ArrayBuffer(0));
      const range = staging.getMappedRange();
      let offset = 0;
      return reads.map(({ bytes }) => {
        const copy = range.slice(offset, offset + bytes);
        offset += padded(bytes);
        return copy;
      });
    },
    /** A buffer whose map failed may still be waiting for it: it is not handed out again. */
    release(): void {
      if (!staging || !pool.owns(staging)) return;
      if (mapped) {
        staging.unmap();
        pool.release(staging);
      } else pool.discard(staging);
    },
  };
}
