import { expect } from 'vitest';
import { bufferUsage, type Session, type Step } from '../../src/index.ts';

// A NaN that no arithmetic makes.
const poison = 0x7fc0dead;
const guardBytes = 256;

/** A buffer for a kernel's output, full of poison, with a tail that must not be touched. */
export interface PoisonedBuffer {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

/** Makes one; `readPoisoned` frees it. */
export function poisonedBuffer(session: Session, bytes: number, label: string): PoisonedBuffer {
  const buffer = session.device.createBuffer({
    size: Math.ceil(bytes / 4) * 4 + guardBytes,
    usage: bufferUsage.storage,
    label,
  });
  session.device.queue.writeBuffer(buffer, 0, new Uint32Array(buffer.size / 4).fill(poison));
  return { buffer, bytes };
}

/** Records, submits, checks that every word was written and the tail was not, and gives the values back. */
export async function readPoisoned(
  session: Session,
  outputs: readonly PoisonedBuffer[],
  record: (step: Step) => void,
): Promise<ArrayBuffer[]> {
  const results = await session.submit('poisoned', (step) => {
    record(step);
    return outputs.map(({ buffer }) => ({ buffer, bytes: buffer.size }));
  });
  return results.map((result, at) => {
    const { buffer, bytes } = outputs[at];
    const words = new Uint32Array(result);
    const unwritten = words.subarray(0, bytes / 4).indexOf(poison);
    expect(unwritten, `${buffer.label}: first word that was never written`).toBe(-1);
    const touched = words.subarray(bytes / 4).findIndex((word) => word !== poison);
    expect(touched, `${buffer.label}: first word after the end that was written`).toBe(-1);
    buffer.destroy();
    return result.slice(0, bytes);
  });
}
