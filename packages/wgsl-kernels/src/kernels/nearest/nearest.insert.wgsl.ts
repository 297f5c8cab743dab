/**
 * Sorted lists of the best rows of a few queries, in arrays of the invocation: `clear()` empties them; `insert` sorts a
 * score into the list of a query, if it is better than the worst, and returns the new worst; `store` writes the list of
 * one as list `list` of `query`. Scores that get in are rare, so that these arrays may well lie in memory.
 */
export function insertWgsl(candidates: number, queries: number): string {
  return /* wgsl */ `
const kept = ${candidates}u;
var<private> keys: array<f32, ${candidates * queries}>;
var<private> rows: array<u32, ${candidates * queries}>;

fn clear() {
  for (var at = 0u; at < unknown(${candidates * queries}u); at++) {
    keys[at] = far;
    rows[at] = no_row;
  }
}

fn insert(own: u32, score: f32, row: u32) -> f32 {
  let start = own * kept;
  let last = start + kept - 1u;
  if (score < keys[last]) {
    var at = last;
    while (at > start && score < keys[at - 1u]) {
      keys[at] = keys[at - 1u];
      rows[at] = rows[at - 1u];
      at--;
    }
    keys[at] = score;
    rows[at] = row;
  }
  return keys[last];
}

fn store(own: u32, list: u32, query: u32) {
  for (var at = 0u; at < unknown(kept); at++) {
    let target_at = (list * kept + at) * params.queries + query;
    best_keys[target_at] = keys[own * kept + at];
    best_rows[target_at] = rows[own * kept + at];
  }
}
`;
}
