import { linearWorkgroupWgsl } from '../../wgsl/linear-workgroup.wgsl.ts';
import { orderKeyWgsl } from '../../wgsl/order-key.wgsl.ts';

/** Values of a digit of 8 bits: four passes over keys of 32 bits. */
export const RANK_BINS = 256;

/**
 * How a pass is laid out. A run is a stretch of rows that keeps its order within a digit by itself: its digits are
 * counted apart, one column of the table a run.
 * - `workgroup`: a run a workgroup of 256 lanes, whose lanes take neighboring rows. For GPUs.
 * - `lane`: a run a lane, which walks through it with a histogram of its own. No barrier and no atomic operation:
 *   on a CPU both cost more than a load from anywhere.
 */
export interface RankVariant {
  readonly run: 'workgroup' | 'lane';
  /** Rows that a lane takes; at most 8 in a run of a workgroup, which sorts them in 8 KiB of its memory. */
  readonly rowsPerLane: number;
}

/** Lanes of a workgroup. */
export const rankLanes = ({ run }: RankVariant) => (run === 'workgroup' ? RANK_BINS : 8);

/** Rows of a run. */
export const rankRunRows = ({ run, rowsPerLane }: RankVariant) => (run === 'workgroup' ? RANK_BINS : 1) * rowsPerLane;

/** What the first and the last pass leave out: rows are their own indices at first, and keys are not needed at last. */
export type RankPass = 'first' | 'middle' | 'last';

const head = /* wgsl */ `
struct Params {
  n: u32,
  // Runs: columns of the table, whose rows are the digits.
  runs: u32,
  // Position of the digit's lowest bit.
  shift: u32,
  // All ones to sort downwards.
  flip: u32,
  // Rows that a lane takes. Here so that no compiler unrolls the loops: eight rounds took one half a minute.
  rounds: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scores: array<u32>;
${orderKeyWgsl}${linearWorkgroupWgsl}
fn digitOf(score: u32) -> u32 { return ((orderKey(score) ^ params.flip) >> params.shift) & ${RANK_BINS - 1}u; }
`;

const entry = (variant: RankVariant) => /* wgsl */ `
@compute @workgroup_size(${rankLanes(variant)})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {`;

/** Counts the digits of each run. */
export function rankCountWgsl(variant: RankVariant): string {
  const table = '@group(0) @binding(2) var<storage, read_write> table: array<u32>;';
  return head + table + (variant.run === 'workgroup' ? countOfWorkgroup(variant) : countOfLane(variant));
}

// Equal digits of neighboring rows, such as those of the exponent, would all wait for one counter: eight copies.
const countOfWorkgroup = (variant: RankVariant) => /* wgsl */ `
var<workgroup> counts: array<atomic<u32>, ${8 * RANK_BINS}>;
${entry(variant)}
  let run = linearWorkgroup(workgroup, grid);
  if (run >= params.runs) { return; }
  for (var i = 0u; i < ${variant.rowsPerLane}u; i++) {
    let row = run * ${rankRunRows(variant)}u + i * ${RANK_BINS}u + lane;
    if (row < params.n) { atomicAdd(&counts[(digitOf(scores[row]) << 3u) | (lane & 7u)], 1u); }
  }
  workgroupBarrier();
  var count = 0u;
  for (var copy = 0u; copy < 8u; copy++) { count += atomicLoad(&counts[(lane << 3u) | copy]); }
  table[lane * params.runs + run] = count;
}
`;

/** A lane's run and its rows. */
const ownRun = ({ rowsPerLane }: RankVariant) => /* wgsl */ `
  let run = linearWorkgroup(workgroup, grid) * 8u + lane;
  if (run >= params.runs) { return; }
  let first = run * ${rowsPerLane}u;
  let end = min(first + ${rowsPerLane}u, params.n);`;

const countOfLane = (variant: RankVariant) => /* wgsl */ `
// Counter of digit i of lane j: 8 i + j.
var<workgroup> counts: array<u32, ${8 * RANK_BINS}>;
${entry(variant)}
  ${ownRun(variant)}
  var row = first;
  // By fours, which costs a CPU less.
  for (; row + 3u < end; row += 4u) {
    let digits = vec4u(digitOf(scores[row]), digitOf(scores[row + 1u]), digitOf(scores[row + 2u]), digitOf(scores[row + 3u]));
    counts[(digits.x << 3u) | lane] += 1u;
    counts[(digits.y << 3u) | lane] += 1u;
    counts[(digits.z << 3u) | lane] += 1u;
    counts[(digits.w << 3u) | lane] += 1u;
  }
  for (; row < end; row++) { counts[(digitOf(scores[row]) << 3u) | lane] += 1u; }
  for (var digit = 0u; digit < ${RANK_BINS}u; digit++) { table[digit * params.runs + run] = counts[(digit << 3u) | lane]; }
}
`;

/** Moves every row to its place in the order of this digit, in which equal digits keep their order. */
export function rankScatterWgsl(variant: RankVariant, pass: RankPass, scanBlock: number): string {
  const bindings = ['read> table', 'read> carries'];
  if (pass !== 'first') bindings.push('read> rows');
  bindings.push('read_write> newRows');
  if (pass !== 'last') bindings.push('read_write> newScores');
  const declared = bindings.map((name, i) => `@group(0) @binding(${2 + i}) var<storage, ${name}: array<u32>;`);
  return /* wgsl */ `${head}${declared.join('\n')}
// Where the rows of a run with a digit begin: the scanned table.
fn startOf(digit: u32, run: u32) -> u32 {
  let at = digit * params.runs + run;
  return table[at] + carries[at / ${scanBlock}u];
}
${variant.run === 'workgroup' ? scatterOfWorkgroup(variant, pass) : scatterOfLane(variant, pass)}`;
}

const rowAt = (pass: RankPass, at: string) => (pass === 'first' ? at : `rows[${at}]`);

const scatterOfLane = (variant: RankVariant, pass: RankPass) => {
  const four = (statement: (i: number) => string) => [0, 1, 2, 3].map(statement).join('\n    ');
  const place = (row: string, score: string) => `place(${row}, ${score}, lane);`;
  return /* wgsl */ `
// Where the next row with digit i of lane j goes: 8 i + j.
var<workgroup> next: array<u32, ${8 * RANK_BINS}>;
fn place(row: u32, score: u32, lane: u32) {
  let slot = (digitOf(score) << 3u) | lane;
  let to = next[slot];
  next[slot] = to + 1u;
  newRows[to] = row;
  ${pass === 'last' ? '' : 'newScores[to] = score;'}
}
${entry(variant)}
  ${ownRun(variant)}
  for (var digit = 0u; digit < ${RANK_BINS}u; digit++) { next[(digit << 3u) | lane] = startOf(digit, run); }
  var at = first;
  // By fours, which costs a CPU less.
  for (; at + 3u < end; at += 4u) {
    ${four((i) => `let score${i} = scores[at + ${i}u];`)}
    ${four((i) => `let row${i} = ${rowAt(pass, `at + ${i}u`)};`)}
    ${four((i) => place(`row${i}`, `score${i}`))}
  }
  for (; at < end; at++) { ${place(rowAt(pass, 'at'), 'scores[at]')} }
}
`;
};

/**
 * Lanes are taken in groups of 32, each with a stretch of the run's rows, 32 neighboring rows a round. In a round each
 * lane sets its bit in the word of its digit: the bits below its own are the equal digits before it, whatever the order in
 * which they were set. The lowest of them adds their number to the group's histogram. Then the histograms are summed
 * over groups and digits, and rows are sorted in workgroup memory, so that those with one digit are written side by
 * side. Rows beyond n come last, being the last of the last run and given the highest key.
 *
 * Scores are read again where they are needed, from the 8 KiB that were read just before, rather than kept: loops stay
 * loops, with nothing in arrays of a lane's own. Subgroup ballots instead of the atomic bits were left out: eight
 * ballots a row cost about as many instructions as the atomic takes cycles unless all digits are equal, and WGSL has no
 * fixed subgroup size to build on. (Reckoned, not measured.)
 */
const scatterOfWorkgroup = (variant: RankVariant, pass: RankPass) => /* wgsl */ `
// Bits of the lanes with a digit, group by group; then sums of counts; then rows of the run in their new order.
var<workgroup> words: array<atomic<u32>, ${8 * RANK_BINS}>;
// Rows with a digit so far, group by group; then where they begin in the run; then how far from there their place is.
var<workgroup> counts: array<u32, ${8 * RANK_BINS}>;

// What sorts last, beyond the rows.
fn digitAt(at: u32) -> u32 {
  if (at >= params.n) { return ${RANK_BINS - 1}u; }
  return digitOf(scores[at]);
}

${entry(variant)}
  let run = linearWorkgroup(workgroup, grid);
  if (run >= params.runs) { return; }
  let runFirst = run * ${rankRunRows(variant)}u;
  let first = (lane >> 5u) * ${32 * variant.rowsPerLane}u + (lane & 31u);
  let bit = 1u << (lane & 31u);
  let group = (lane >> 5u) << 8u;
  // Equal digits of the group before each row of the lane: less than 256, 8 bits each.
  var ranks = vec2u();
  var nextDigit = digitAt(runFirst + first);
  for (var i = 0u; i < params.rounds; i++) {
    let slot = group | nextDigit;
    // Read a round ahead, so that the barriers are not waited for in vain.
    nextDigit = digitAt(runFirst + first + 32u * (i + 1u));
    atomicOr(&words[slot], bit);
    workgroupBarrier();
    let equal = atomicLoad(&words[slot]);
    let before = countOneBits(equal & (bit - 1u));
    let counted = counts[slot];
    workgroupBarrier();
    if (before == 0u) {
      counts[slot] = counted + countOneBits(equal);
      atomicStore(&words[slot], 0u);
    }
    workgroupBarrier();
    ranks |= select(vec2u(0u, counted + before), vec2u(counted + before, 0u), i < 4u) << vec2u(8u * (i & 3u));
  }
  // A lane a digit: groups in order, then digits in order.
  var total = 0u;
  for (var slot = lane; slot < ${8 * RANK_BINS}u; slot += ${RANK_BINS}u) {
    let count = counts[slot];
    counts[slot] = total;
    total += count;
  }
  atomicStore(&words[lane], total);
  for (var reach = 1u; reach < ${RANK_BINS}u; reach = reach << 1u) {
    workgroupBarrier();
    var sum = atomicLoad(&words[lane]);
    if (lane >= reach) { sum += atomicLoad(&words[lane - reach]); }
    workgroupBarrier();
    atomicStore(&words[lane], sum);
  }
  let digitFirst = atomicLoad(&words[lane]) - total;
  for (var slot = lane; slot < ${8 * RANK_BINS}u; slot += ${RANK_BINS}u) { counts[slot] += digitFirst; }
  workgroupBarrier();
  for (var i = 0u; i < params.rounds; i++) {
    let at = first + 32u * i;
    let place = counts[group | digitAt(runFirst + at)] + ((select(ranks.y, ranks.x, i < 4u) >> (8u * (i & 3u))) & 255u);
    atomicStore(&words[place & ${8 * RANK_BINS - 1}u], runFirst + at);
  }
  workgroupBarrier();
  counts[lane] = startOf(lane, run) - digitFirst;
  workgroupBarrier();
  let count = min(params.n - runFirst, ${rankRunRows(variant)}u);
  for (var sorted = lane; sorted < count; sorted += ${RANK_BINS}u) {
    let at = atomicLoad(&words[sorted & ${8 * RANK_BINS - 1}u]);
    let score = scores[at];
    let place = counts[digitOf(score)] + sorted;
    newRows[place] = ${rowAt(pass, 'at')};
    ${pass === 'last' ? '' : 'newScores[place] = score;'}
  }
}
`;
