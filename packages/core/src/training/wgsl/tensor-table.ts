import { InvariantError, type StorageType, storedBytes } from '@csx/wgsl-kernels';

/** Sizes and storage of the tensors of a schedule; a tensor that is another one under a new name takes no room of its own. */
export class TensorTable {
  readonly #bytes = new Map<string, number>();
  readonly #halves = new Set<string>();
  readonly #sameAs = new Map<string, string>();

  /** A tensor of `count` values; f32 unless told. */
  define(name: string, count: number, storage: StorageType = 'f32'): void {
    this.#bytes.set(name, storedBytes(count, storage));
    if (storage === 'f16') this.#halves.add(name);
  }

  storage(name: string): StorageType {
    return this.#halves.has(this.root(name)) ? 'f16' : 'f32';
  }

  /** `name` is `other`'s values with another shape or name. */
  alias(name: string, other: string): void {
    this.#sameAs.set(name, other);
  }

  /** The tensor that holds the values. */
  root(name: string): string {
    const other = this.#sameAs.get(name);
    return other === undefined ? name : this.root(other);
  }

  bytes(name: string): number {
    const bytes = this.#bytes.get(this.root(name));
    if (bytes === undefined) throw new InvariantError(`training plan: tensor ${name} is used before it is made`);
    return bytes;
  }

  /** Makes room for more values behind those of a tensor. */
  grow(name: string, bytes: number): void {
    const root = this.root(name);
    this.#bytes.set(root, Math.max(this.bytes(root), bytes));
  }
}
