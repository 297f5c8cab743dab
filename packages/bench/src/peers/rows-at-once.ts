/** Bytes of a block's products: they fit into a binding of every adapter. */
const blockBytes = 64 * 1024 * 1024;

/** The rows of an n x m matrix of f32 in blocks. */
export function rowsAtOnce(n: number, m: number): readonly { readonly first: number; readonly count: number }[] {
  const rows = Math.max(1, Math.floor(blockBytes / 4 / m));
  return Array.from({ length: Math.ceil(n / rows) }, (_, block) => ({
    first: block * rows,
    count: Math.min(rows, n - block * rows),
  }));
}
