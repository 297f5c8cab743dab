import { bufferUsage, GpuOutOfMemoryError, type Session } from '@csx/wgsl-kernels';

/** Whether the device has room for buffers of these sizes now; they are destroyed again. */
async function canAllocate(session: Session, sizes: readonly number[]): Promise<boolean> {
  const buffers: GPUBuffer[] = [];
  try {
    await session.submit('memory probe', ({ encoder }) => {
      for (const bytes of sizes) buffers.push(session.pool.acquire(bytes, bufferUsage.storage, 'memory probe'));
      // Some drivers allocate at the first use.
      for (const buffer of buffers) encoder.clearBuffer(buffer);
      return [];
    });
    return true;
  } catch (error) {
    if (error instanceof GpuOutOfMemoryError) return false;
    throw error;
  } finally {
    for (const buffer of buffers) if (session.pool.owns(buffer)) session.pool.discard(buffer);
  }
}

/**
 * Makes something for batches of a size. Where the device has no room for it, the error says which of the halved sizes
 * it has room for.
 * @param sizesOf bytes of each buffer for batches of a size
 */
export async function withRoomFor<T>(
  session: Session,
  what: string,
  batchSize: number,
  sizesOf: (batchSize: number) => readonly number[],
  make: () => Promise<T>,
): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof GpuOutOfMemoryError)) throw error;
    let size = batchSize >> 1;
    while (size > 0 && !(await canAllocate(session, sizesOf(size)))) size >>= 1;
    const total = sizesOf(batchSize).reduce((sum, bytes) => sum + bytes, 0);
    throw new GpuOutOfMemoryError(`${what} of batches of ${batchSize}: the device has no room for ${total} bytes`, {
      hint:
        size === 0
          ? 'Not even one image fits: close other programs that use the GPU, or take another adapter.'
          : `A batch of ${size} could be allocated; microBatches can split a larger one for training.`,
      cause: error,
    });
  }
}
