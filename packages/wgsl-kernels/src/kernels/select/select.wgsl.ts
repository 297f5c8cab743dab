import { finiteBitsWgsl } from '../../wgsl/finite-bits.wgsl.ts';
import { laneSumsWgsl } from '../../wgsl/lane-sums.wgsl.ts';
import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { orderKeyWgsl } from '../../wgsl/order-key.wgsl.ts';

/**
 * How a pass is laid out. A run is a stretch of rows whose selected rows are written one behind the other.
 * - `workgroup`: a run a workgroup of 256 lanes, which count in common. For GPUs.
 * - `lane`: a run a lane, which counts by itself. No atomic operation on workgroup memory and hardly a barrier: on a
 *   CPU both cost more than a load from anywhere.
 */
export interface SelectVariant {
  readonly run: 'workgroup' | 'lane';
  /** Rows that a lane takes; at most 255 in a run of a workgroup. */
  readonly rowsPerLane: number;
  /** Bits of each digit from the highest on, 32 in all; the first is the widest. */
  readonly digits: readonly number[];
}

/** Lanes of a workgroup. */
export const selectLanes = ({ run }: SelectVariant) => (run === 'workgroup' ? 256 : 8);
/** Bins of the histogram. */
export const selectBins = ({ digits }: SelectVariant) => 2 ** digits[0];
/** Rows of a workgroup. */
export const selectBlock = (variant: SelectVariant) => selectLanes(variant) * variant.rowsPerLane;
// Words before the histogram.
const headWords = 5;
/** Bytes of the state. */
export const selectStateBytes = (variant: SelectVariant) => 4 * (headWords + selectBins(variant));

const head = (variant: SelectVariant) => /* wgsl */ `
struct Params {
  n: u32,
  // Rows to take, all ones in \`flip\` to take the highest.
  count: u32,
  flip: u32,
  // Position of the digit's lowest bit, and its bits.
  shift: u32,
  width: u32,
  runs: u32,
  // A sixteenth of how far from the cut a score may be that is in doubt; 0: only the cut's own.
  margin: f32,
}
struct State {
  // Leading digits of the cut's key, found so far.
  prefix: u32,
  // The first row whose score is not finite; 2^32 - 1 for none.
  firstBad: atomic<u32>,
  // Rows that are selected for sure, and with those in doubt.
  sure: u32,
  end: u32,
  // Rank of the cut, from 1, among the keys with the prefix.
  remaining: u32,
  histogram: array<atomic<u32>, ${selectBins(variant)}>,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: State;
`;

const entry = (variant: SelectVariant) => /* wgsl */ `
@compute @workgroup_size(${selectLanes(variant)})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {`;

/** One workgroup: the state before the first digit. */
export const selectBeginWgsl = (variant: SelectVariant) => /* wgsl */ `${head(variant)}${entry(variant)}
  for (var bin = lane; bin < ${selectBins(variant)}u; bin += ${selectLanes(variant)}u) { atomicStore(&state.histogram[bin], 0u); }
  if (lane == 0u) {
    state.prefix = 0u;
    atomicStore(&state.firstBad, 0xffffffffu);
    state.remaining = params.count;
  }
}
`;

const keyWgsl = /* wgsl */ `
@group(0) @binding(2) var<storage, read> scores: array<u32>;
${orderKeyWgsl}${linearWorkgroupWgsl}
fn keyOf(score: u32) -> u32 { return orderKey(score) ^ params.flip; }
`;

/**
 * Counts the next digit of every key that has the prefix: histograms in workgroup memory, then added to the whole. When
 * all digits are equal, lanes wait for each other at one counter: lanes by turns count in one of two copies, or each in
 * its own.
 */
export function selectCountWgsl(variant: SelectVariant): string {
  const lanes = selectLanes(variant);
  const bins = selectBins(variant);
  const shared = variant.run === 'workgroup';
  const copies = shared ? Math.max(1, 4096 / bins) : lanes;
  const slot = `((key & mask) * ${copies}u) | (lane & ${copies - 1}u)`;
  const at = (slotOf: string) => (shared ? `atomicLoad(&counts[${slotOf}])` : `counts[${slotOf}]`);
  return /* wgsl */ `${head(variant)}${keyWgsl}
var<workgroup> counts: array<${shared ? 'atomic<u32>' : 'u32'}, ${bins * copies + (shared ? 0 : lanes)}>;
${entry(variant)}
  let first = linearWorkgroup(workgroup, grid) * ${selectBlock(variant)}u;
  let end = min(first + ${selectBlock(variant)}u, params.n);
  let prefix = state.prefix >> params.shift;
  let mask = (1u << params.width) - 1u;
  var row = first + lane;
  ${shared ? '' : countByLane(slot, bins * copies)}
  for (; row < end; row += ${lanes}u) {
    let key = keyOf(scores[row]) >> params.shift;
    if ((key ^ prefix) <= mask) { ${shared ? `atomicAdd(&counts[${slot}], 1u)` : `counts[${slot}] += 1u`}; }
  }
  workgroupBarrier();
  for (var bin = lane; bin <= mask; bin += ${lanes}u) {
    var count = 0u;
    for (var copy = 0u; copy < ${copies}u; copy++) { count += ${at(`bin * ${copies}u + copy`)}; }
    if (count > 0u) { atomicAdd(&state.histogram[bin], count); }
  }
}
`;
}

/**
 * The rows of a lane by fours, which costs a CPU less. As long as many keys have the prefix, no lane leaves the others: keys
 * without it are counted in `spare`. Later hardly any has, and lanes mostly do nothing together.
 */
const countByLane = (slot: string, spare: number): string => {
  const four = (statements: (i: number) => string) => [0, 1, 2, 3].map(statements).join('');
  const loop = (count: string) => /* wgsl */ `
    for (; row + 24u < end; row += 32u) {
      ${four((i) => `let score${i} = scores[row + ${8 * i}u]; `)}
      ${four((i) => `{ let key = keyOf(score${i}) >> params.shift; ${count} }\n      `)}
    }`;
  return /* wgsl */ `
  if (params.shift >= 16u) {${loop(`counts[select(${spare}u | lane, ${slot}, (key ^ prefix) <= mask)] += 1u;`)}
  } else {${loop(`if ((key ^ prefix) <= mask) { counts[${slot}] += 1u; }`)}
  }`;
};

/** Sums over the lanes up to each, of \`own\`, left in \`upTo\`. */
const sumsUpTo = (lanes: number) => /* wgsl */ `${laneSumsWgsl(lanes)}
  let upTo = sums[lane];`;

/** One workgroup: finds the bin that holds the cut, appends its digit to the prefix and clears the histogram. */
export function selectPickWgsl(variant: SelectVariant): string {
  const lanes = selectLanes(variant);
  const bins = selectBins(variant) / lanes;
  return /* wgsl */ `${head(variant)}
var<workgroup> sums: array<u32, ${lanes}>;
${entry(variant)}
  let remaining = state.remaining;
  var own = 0u;
  for (var bin = lane * ${bins}u; bin < (lane + 1u) * ${bins}u; bin++) { own += atomicLoad(&state.histogram[bin]); }
  ${sumsUpTo(lanes)}
  // Every lane has read the state before one of them changes it.
  storageBarrier();
  var before = upTo - own;
  let holdsCut = before < remaining && remaining <= upTo;
  for (var bin = lane * ${bins}u; bin < (lane + 1u) * ${bins}u; bin++) {
    let count = atomicLoad(&state.histogram[bin]);
    if (holdsCut && before < remaining && remaining <= before + count) {
      state.prefix = state.prefix | (bin << params.shift);
      state.remaining = remaining - before;
    }
    before += count;
    atomicStore(&state.histogram[bin], 0u);
  }
}
`;
}

/**
 * 1 for a row that is selected whatever its true score is, 2^16 for one in doubt, else 0. More rows are in doubt
 * than need be, for the roundings of f32: the host looks at them again. Sixteenths keep everything finite.
 */
const verdictWgsl = /* wgsl */ `
fn sixteenth(key: u32) -> f32 {
  let upwards = key ^ params.flip;
  let bits = upwards ^ select(0xffffffffu, 0x80000000u, upwards >= 0x80000000u);
  return select(0.0625, -0.0625, params.flip != 0u) * bitcast<f32>(bits);
}

fn verdict(score: u32, cut: f32) -> u32 {
  let key = keyOf(score);
  if (params.margin == 0.0) { return select(select(0u, 0x10000u, key == state.prefix), 1u, key < state.prefix); }
  let value = sixteenth(key);
  let margin = params.margin + abs(cut) * 0x1p-18f;
  return select(select(0u, 0x10000u, value <= cut + margin), 1u, value < cut - margin);
}
`;

/** A lane's run and its rows. */
const ownRun = ({ rowsPerLane }: SelectVariant) => /* wgsl */ `
  let run = linearWorkgroup(workgroup, grid) * 8u + lane;
  if (run >= params.runs) { return; }
  let first = run * ${rowsPerLane}u;
  let end = min(first + ${rowsPerLane}u, params.n);`;

/** A lane's part of its workgroup's run: rows in order from lane to lane. */
const ownPart = (variant: SelectVariant) => /* wgsl */ `
  let run = linearWorkgroup(workgroup, grid);
  if (run >= params.runs) { return; }
  let first = run * ${selectBlock(variant)}u + lane * ${variant.rowsPerLane}u;
  let end = min(first + ${variant.rowsPerLane}u, params.n);`;

/** Counts the rows of each run that are selected for sure, in the first half of the table, and those in doubt, in the second. */
export function selectMarkWgsl(variant: SelectVariant): string {
  const total =
    variant.run === 'lane'
      ? ''
      : /* wgsl */ `
  atomicAdd(&sureCount, own & 0xffffu);
  atomicAdd(&doubtCount, own >> 16u);
  workgroupBarrier();
  if (lane > 0u) { return; }`;
  const [sure, doubt] =
    variant.run === 'lane' ? ['own & 0xffffu', 'own >> 16u'] : ['atomicLoad(&sureCount)', 'atomicLoad(&doubtCount)'];
  return /* wgsl */ `${head(variant)}${keyWgsl}${verdictWgsl}${finiteBitsWgsl}
@group(0) @binding(3) var<storage, read_write> table: array<u32>;
fn marked(row: u32, cut: f32) -> u32 {
  let score = scores[row];
  if (!finiteBits(score)) { atomicMin(&state.firstBad, row); }
  return verdict(score, cut);
}
var<workgroup> sureCount: atomic<u32>;
var<workgroup> doubtCount: atomic<u32>;
${entry(variant)}
  ${variant.run === 'lane' ? ownRun(variant) : ownPart(variant)}
  let cut = sixteenth(state.prefix);
  var own = 0u;
  var row = first;
  // By fours, which costs a CPU less.
  for (; row + 3u < end; row += 4u) { own += marked(row, cut) + marked(row + 1u, cut) + marked(row + 2u, cut) + marked(row + 3u, cut); }
  for (; row < end; row++) { own += marked(row, cut); }
  ${total}
  table[run] = ${sure};
  table[params.runs + run] = ${doubt};
}
`;
}

/** Writes the rows that are selected for sure, ascending, then those in doubt, and the scores of these. */
export function selectRowsWgsl(variant: SelectVariant, scanBlock: number): string {
  const byLane = variant.run === 'lane';
  return /* wgsl */ `${head(variant)}${keyWgsl}${verdictWgsl}
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read> carries: array<u32>;
@group(0) @binding(5) var<storage, read_write> rows: array<u32>;
@group(0) @binding(6) var<storage, read_write> doubtScores: array<u32>;
fn startOf(at: u32) -> u32 { return table[at] + carries[at / ${scanBlock}u]; }
${byLane ? stagedRows : `var<workgroup> sums: array<u32, ${selectLanes(variant)}>;`}
${entry(variant)}
  ${byLane ? ownRun(variant) : ownPart(variant)}
  let cut = sixteenth(state.prefix);
  let sure = startOf(params.runs);
  var sureAt = startOf(run);
  var doubtAt = startOf(params.runs + run);
  ${byLane ? writeByLane : writeByWorkgroup(selectLanes(variant))}
  // The lane with the last row has counted all of them.
  if (first < params.n && end == params.n) {
    state.sure = sure;
    state.end = doubtAt;
  }
}
`;
}

const writeByWorkgroup = (lanes: number) => /* wgsl */ `
  var own = 0u;
  for (var row = first; row < end; row++) { own += verdict(scores[row], cut); }
  ${sumsUpTo(lanes)}
  sureAt += (upTo - own) & 0xffffu;
  doubtAt += (upTo - own) >> 16u;
  for (var row = first; row < end; row++) {
    let score = scores[row];
    let found = verdict(score, cut);
    if (found == 1u) {
      rows[sureAt] = row;
      sureAt++;
    } else if (found != 0u) {
      rows[doubtAt] = row;
      doubtScores[doubtAt - sure] = score;
      doubtAt++;
    }
  }`;

const stagedRows = /* wgsl */ `
// Up to 32 rows of lane j, row i at 8 i + j, and one behind them that is written for nothing.
var<workgroup> staged: array<u32, ${33 * 8}>;`;

/** A CPU mispredicts branches on single rows: each is written to a stage where the next one overwrites it unless it counts. */
const writeByLane = /* wgsl */ `
  for (var row = first; row < end; ) {
    var count = 0u;
    for (let stop = min(row + 32u, end); row < stop; row++) {
      let score = scores[row];
      let found = verdict(score, cut);
      staged[(count << 3u) | lane] = row;
      count += found & 1u;
      if (found > 1u) {
        rows[doubtAt] = row;
        doubtScores[doubtAt - sure] = score;
        doubtAt++;
      }
    }
    for (var i = 0u; i < count; i++) { rows[sureAt + i] = staged[(i << 3u) | lane]; }
    sureAt += count;
  }`;
