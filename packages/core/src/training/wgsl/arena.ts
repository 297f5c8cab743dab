/** Where WebGPU devices let a binding begin. */
const alignment = 256;

export interface ArenaEntry {
  /** Bytes from the arena's start. */
  readonly offset: number;
  readonly bytes: number;
}

/** Many small tensors in one buffer. */
export interface Arena {
  readonly entries: ReadonlyMap<string, ArenaEntry>;
  readonly bytes: number;
}

export const aligned = (bytes: number) => Math.ceil(bytes / alignment) * alignment;

/** Lays tensors out one behind the other, in the order given. */
export function layOut(tensors: Iterable<readonly [name: string, bytes: number]>): Arena {
  const entries = new Map<string, ArenaEntry>();
  let offset = 0;
  for (const [name, bytes] of tensors) {
    entries.set(name, { offset, bytes });
    offset += aligned(bytes);
  }
  return { entries, bytes: offset };
}
