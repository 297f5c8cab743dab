/** A tensor, and when it is needed: from the kernel that writes it to the last that reads it, both included. */
export interface Lifetime {
  readonly name: string;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface SharedBuffers {
  /** Tensor -> index into `bytes`. */
  readonly bufferOf: ReadonlyMap<string, number>;
  /** Size of each buffer. */
  readonly bytes: readonly number[];
}

/**
 * Gives tensors that are never needed at the same time the same buffer: the largest tensors first, each into the
 * smallest buffer that is free for all of its life, else into a new one. A kernel's inputs and outputs are all needed
 * while it runs, so it never writes into a buffer that it reads.
 *
 * Source: "greedy by size for shared objects", Pisarchyk, Lee, "Efficient Memory Management for Deep Neural Net
 * Inference", 2020, section 4.3.
 */
export function shareBuffers(lifetimes: readonly Lifetime[]): SharedBuffers {
  const bufferOf = new Map<string, number>();
  const bytes: number[] = [];
  const users: Lifetime[][] = [];
  const bySize = [...lifetimes].sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  for (const tensor of bySize) {
    const isFree = (buffer: number) =>
      users[buffer].every((other) => other.last < tensor.first || other.first > tensor.last);
    // Buffers come in descending size: the last free one is the smallest, and all are large enough.
    let buffer = bytes.length - 1;
    while (buffer >= 0 && !isFree(buffer)) buffer--;
    if (buffer < 0) {
      buffer = bytes.length;
      bytes.push(tensor.bytes);
      users.push([]);
    }
    users[buffer].push(tensor);
    bufferOf.set(tensor.name, buffer);
  }
  return { bufferOf, bytes };
}
