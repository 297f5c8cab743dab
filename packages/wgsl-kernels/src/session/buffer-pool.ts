import { InvalidInputError, InvariantError, LimitExceededError } from '../errors.ts';

/** What a pool holds, in bytes and buffers. */
export interface PoolStats {
  /** Bytes of the buffers that are handed out. */
  readonly liveBytes: number;
  readonly liveCount: number;
  /** Bytes of the buffers that wait to be handed out again. */
  readonly pooledBytes: number;
  readonly pooledCount: number;
  /** Buffers made since the pool exists. */
  readonly createdCount: number;
  /** Requests that an earlier buffer could serve. */
  readonly reusedCount: number;
}

/** Buffers to hand out again, by usage and size class, capped in bytes. */
export interface BufferPool {
  /**
   * A buffer of at least `bytes`. It may be larger and holds whatever its last user left: bind it with its size, and
   * write or clear what is read.
   */
  acquire(bytes: number, usage: GPUBufferUsageFlags, label: string): GPUBuffer;
  /** Gives a buffer back once the commands that use it are submitted. */
  release(buffer: GPUBuffer): void;
  /** Destroys a handed-out buffer that must not be used again. */
  discard(buffer: GPUBuffer): void;
  /** Whether the buffer is handed out by this pool now. */
  owns(buffer: GPUBuffer): boolean;
  stats(): PoolStats;
}

const smallest = 256;

/** Sizes are rounded up to quarters of a power of two: at most a quarter is wasted, and sizes near each other share. */
export function sizeClass(bytes: number, maxBytes: number): number {
  if (bytes <= smallest) return smallest;
  const step = 2 ** Math.floor(Math.log2(bytes - 1)) / 4;
  const rounded = Math.ceil(bytes / step) * step;
  return rounded <= maxBytes ? rounded : Math.ceil(bytes / 4) * 4;
}

/** A pool that keeps at most `limitBytes` waiting, and the way to empty it. */
export function createBufferPool(
  device: GPUDevice,
  limitBytes: number,
  checkUsable: () => void,
): BufferPool & { destroy(): void } {
  const live = new Set<GPUBuffer>();
  // In the order of their release, so that the first is the one unused for longest.
  const waiting = new Set<GPUBuffer>();
  const byKind = new Map<string, GPUBuffer[]>();
  let liveBytes = 0;
  let pooledBytes = 0;
  let createdCount = 0;
  let reusedCount = 0;
  const kindOf = (usage: number, size: number) => `${usage}:${size}`;

  const removeWaiting = (buffer: GPUBuffer) => {
    waiting.delete(buffer);
    pooledBytes -= buffer.size;
    const kind = kindOf(buffer.usage, buffer.size);
    const list = byKind.get(kind) ?? [];
    const at = list.lastIndexOf(buffer);
    if (at < 0) throw new InvariantError(`buffer pool: ${buffer.label} waits, but not among its kind ${kind}`);
    list.splice(at, 1);
    if (list.length === 0) byKind.delete(kind);
  };

  const takeLive = (buffer: GPUBuffer) => {
    if (!live.delete(buffer)) {
      throw new InvalidInputError(
        `buffer pool: ${buffer.label || 'a buffer'} was not handed out by this pool, or is already back`,
      );
    }
    liveBytes -= buffer.size;
  };

  return {
    acquire(bytes, usage, label) {
      checkUsable();
      if (!Number.isSafeInteger(bytes) || bytes < 0) {
        throw new InvalidInputError(`buffer pool: ${label} asks for ${bytes} bytes, expected a whole number >= 0`);
      }
      const { maxBufferSize } = device.limits;
      if (bytes > maxBufferSize) {
        throw new LimitExceededError(
          `buffer pool: ${label} needs ${bytes} bytes, the device's buffers hold ${maxBufferSize}`,
          {
            hint: 'Split the work into smaller pieces.',
          },
        );
      }
      const size = sizeClass(bytes, maxBufferSize);
      const reused = byKind.get(kindOf(usage, size))?.at(-1);
      if (reused) {
        removeWaiting(reused);
        reusedCount++;
        reused.label = label;
      } else createdCount++;
      const buffer = reused ?? device.createBuffer({ size, usage, label });
      live.add(buffer);
      liveBytes += buffer.size;
      return buffer;
    },
    release(buffer) {
      takeLive(buffer);
      if (buffer.size > limitBytes) {
        buffer.destroy();
        return;
      }
      while (pooledBytes + buffer.size > limitBytes) {
        const [oldest] = waiting;
        if (!oldest) throw new InvariantError(`buffer pool: ${pooledBytes} bytes wait in no buffer`);
        removeWaiting(oldest);
        oldest.destroy();
      }
      waiting.add(buffer);
      pooledBytes += buffer.size;
      const kind = kindOf(buffer.usage, buffer.size);
      const list = byKind.get(kind);
      if (list) list.push(buffer);
      else byKind.set(kind, [buffer]);
    },
    discard(buffer) {
      takeLive(buffer);
      buffer.destroy();
    },
    owns: (buffer) => live.has(buffer),
    stats: () => ({
      liveBytes,
      liveCount: live.size,
      pooledBytes,
      pooledCount: waiting.size,
      createdCount,
      reusedCount,
    }),
    destroy() {
      for (const buffer of [...live, ...waiting]) buffer.destroy();
      live.clear();
      waiting.clear();
      byKind.clear();
      liveBytes = 0;
      pooledBytes = 0;
    },
  };
}
