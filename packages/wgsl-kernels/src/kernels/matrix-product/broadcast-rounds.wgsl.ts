import { loaded, type StorageType } from '../../wgsl/stored.wgsl.ts';

const range = (count: number) => Array.from({ length: count }, (_, at) => at);

/** Rows of one side that a lane holds, side by side in a vector. */
export const heldRows = 4;

/** A product of two matrices by their rows, both padded with zeros to `params.depth` columns, a multiple of `slots`. */
export interface BroadcastRounds {
  /** Lanes of a subgroup, which is a workgroup. */
  readonly lanes: number;
  /** Values of a row that are held at a time, a multiple of 4 * lanes. */
  readonly slots: number;
  /** The arrays of vectors of 4 with the rows that are held, and with those whose values are handed out; f32 unless told. */
  readonly storage?: StorageType;
  readonly held: string;
  readonly given: string;
  /** WGSL for what is held of some values; the values themselves unless told. */
  readonly hold?: (values: string) => string;
  /** WGSL for `sum` with one more term. */
  readonly add: (given: string, held: string) => string;
  /** WGSL that takes `sum`, that of `row` and the lane's four rows. */
  readonly finish: string;
}

/**
 * Sums over all pairs of the rows that a workgroup holds and those from `start` to `end`, from subgroup broadcasts, without
 * workgroup memory or barriers.
 *
 * Made for software Vulkan, where a load from a buffer is a branch and a check for each lane and costs as much as tens of
 * multiply-adds, while an array of the invocation, indexed by constants, costs nothing. So a subgroup takes the next `slots`
 * values of its rows into such an array, four rows a lane from `first_held` on, and then runs over some rows of the other
 * side: a row's values are loaded spread over the lanes, and each is handed out by a broadcast to all rows that are held.
 * Sums wait in memory for the next values, in `sums`, 8 bytes for every 2 * slots operations; those of a round of
 * `params.rows_per_round` rows stay in a cache. `number` is that of the workgroup, `lane` that within its subgroup.
 */
export function broadcastRounds({
  lanes,
  slots,
  storage = 'f32',
  held,
  given,
  hold = (values) => values,
  add,
  finish,
}: BroadcastRounds) {
  const loads = range(slots / (4 * lanes));
  const products = range(slots).map((slot) => {
    const load = Math.floor(slot / (4 * lanes));
    const lane = Math.floor(slot / 4) % lanes;
    const value = `subgroupBroadcast(values_${load}.${'xyzw'[slot % 4]}, ${lane}u)`;
    return `sum = ${add(`vec4f(${value})`, `held[${slot}]`)};`;
  });
  return {
    /** For the module; [workgroups, rows_per_round, lanes] sums. */
    declarations: (binding: number) => /* wgsl */ `
@group(0) @binding(${binding}) var<storage, read_write> sums: array<vec4f>;
var<private> held: array<vec4f, ${slots}>;`,
    body: /* wgsl */ `
    let quads = params.depth / 4u;
    for (var first = start; first < end; first += params.rows_per_round) {
      let round_end = min(end, first + params.rows_per_round);
      for (var quad = 0u; quad < quads; quad += ${slots / 4}u) {
        // All of them. Compilers write out loops whose length they know, and here each load is long.
        let held_count = min(${slots}u, params.depth);
        for (var at = 0u; at < held_count; at++) {
          let own_at = first_held * quads + quad + at / 4u;
          held[at] = ${hold(
            `vec4f(${range(heldRows)
              .map((row) => loaded(`${held}[own_at + ${row}u * quads][at % 4u]`, 1, storage))
              .join(', ')})`,
          )};
        }
        for (var row = first; row < round_end; row++) {
          let values_at = row * quads + quad + lane;
          ${loads.map((load) => `let values_${load} = ${loaded(`${given}[values_at + ${load * lanes}u]`, 4, storage)};`).join('\n          ')}
          let sum_at = (number * params.rows_per_round + row - first) * ${lanes}u + lane;
          var sum = vec4f();
          if (quad > 0u) { sum = sums[sum_at]; }
          ${products.join('\n          ')}
          if (quad + ${slots / 4}u < quads) {
            sums[sum_at] = sum;
          } else {
            ${finish}
          }
        }
      }
    }`,
  };
}

/** How many workgroups share the items of work, and what they need. */
export interface BroadcastDispatch {
  readonly workgroups: number;
  readonly rowsPerRound: number;
  /** Of the binding `sums`. */
  readonly sumBytes: number;
}

/** More workgroups take no more threads, but more memory for their sums. */
const mostWorkgroups = 128;
/** Taking values of the rows that are held costs as much as some tens of rows; the sums of a round should fit a cache. */
const mostRoundRows = 1024;

/** Cuts `items` of work, each over `rows` rows; `rounds` is how often values are held for the same sums. */
export function broadcastDispatch(
  items: number,
  rows: number,
  lanes: number,
  rounds: number,
  maxBindingBytes: number,
): BroadcastDispatch {
  const bytesPerRow = lanes * 16;
  const rowsPerRound = Math.max(1, Math.min(mostRoundRows, rows, Math.floor(maxBindingBytes / bytesPerRow)));
  const roundBytes = rowsPerRound * bytesPerRow;
  const workgroups = Math.max(1, Math.min(items, mostWorkgroups, Math.floor(maxBindingBytes / roundBytes)));
  // Sums only wait where there are values after the first ones; a binding is not empty.
  return { workgroups, rowsPerRound, sumBytes: rounds > 1 ? workgroups * roundBytes : bytesPerRow };
}
