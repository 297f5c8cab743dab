import { type Binding, bufferUsage, InvariantError, type Session } from '@csx/wgsl-kernels';
import type { Arena } from './arena.ts';
import type { Lookup, Schedule } from './schedule.ts';
import type { SharedBuffers } from './share-buffers.ts';

/** The buffers of a plan, and the names under which its kernels find them. */
export class PlanBuffers {
  readonly #session: Session;
  readonly #label: string;
  readonly #held: GPUBuffer[] = [];
  readonly #bindings = new Map<string, Binding>();

  constructor(session: Session, label: string) {
    this.#session = session;
    this.#label = label;
  }

  readonly at: Lookup = (name) => {
    const binding = this.#bindings.get(name);
    if (binding === undefined) throw new InvariantError(`${this.#label}: nothing is bound to ${name}`);
    return binding;
  };

  acquire(bytes: number, usage: GPUBufferUsageFlags, name: string): GPUBuffer {
    const buffer = this.#session.pool.acquire(bytes, usage, `${this.#label}: ${name}`);
    this.#held.push(buffer);
    return buffer;
  }

  /** Acquires a buffer and binds the whole of it to its name. */
  make(name: string, bytes: number, usage: GPUBufferUsageFlags = bufferUsage.storage): GPUBuffer {
    const buffer = this.acquire(bytes, usage, name);
    this.bind(name, { buffer, size: bytes });
    return buffer;
  }

  bind(name: string, binding: Binding): void {
    this.#bindings.set(name, binding);
  }

  /** @param nameOf the name of an entry's tensor in this buffer; undefined for none */
  bindArena(buffer: GPUBuffer, arena: Arena, nameOf: (entry: string) => string | undefined = (entry) => entry): void {
    for (const [entry, { offset, bytes }] of arena.entries) {
      const name = nameOf(entry);
      if (name !== undefined) this.bind(name, { buffer, offset, size: bytes });
    }
  }

  /** Makes the buffers that the tensors of a schedule share. */
  acquireShared(
    { kernels, tensors, parameters, kept }: Schedule,
    { bufferOf, bytes }: SharedBuffers,
    usage: number,
  ): void {
    const buffers = bytes.map((size, at) => this.acquire(size, usage, `activations ${at}`));
    const names = new Set([...kept, ...kernels.flatMap(({ reads, writes }) => [...reads, ...writes])]);
    for (const name of names) {
      if (parameters.has(name)) continue;
      const root = tensors.root(name);
      const buffer = buffers[bufferOf.get(root) as number];
      this.bind(name, { buffer, offset: 0, size: tensors.bytes(root) });
      this.bind(root, { buffer, offset: 0, size: tensors.bytes(root) });
    }
  }

  /** Pooled buffers hold what their last user left. */
  clear(encoder: GPUCommandEncoder): void {
    for (const buffer of this.#held) encoder.clearBuffer(buffer);
  }

  /** Gives the buffers back to the pool. */
  release(): void {
    const { pool } = this.#session;
    for (const buffer of this.#held.splice(0)) if (pool.owns(buffer)) pool.release(buffer);
  }

  /** Destroys the buffers, some of which could not be allocated. */
  discard(): void {
    const { pool } = this.#session;
    for (const buffer of this.#held.splice(0)) if (pool.owns(buffer)) pool.discard(buffer);
  }
}
