import { classBlock, type LinearSoftmaxShape, unrolled } from './linear-softmax.shape.ts';

/** Rows of the batch, and columns of the kernel, that a lane adds up. */
export const subgroupTile = 2;
const tile = subgroupTile;

/**
 * Logits: a lane has two rows of the batch and all classes of a block. It loads the kernel's values of one k, another one
 * in each lane, and every value is handed to all lanes: 16 multiply-adds a load of a kernel value at 8 lanes.
 */
export function subgroupForwardWgsl(shape: LinearSoftmaxShape): string {
  const { d, classCount: c, batchSize, subgroupSize: lanes } = shape;
  const block = classBlock(shape);
  const whole = c % block === 0;
  const vectors = d % 4 === 0;
  // Where the lanes do not divide d, the last values are read again and multiplied by 0.
  const even = d % lanes === 0;
  const kernelValue = (j: number) => {
    const column = whole ? `block + ${j}u` : `min(block + ${j}u, ${c - 1}u)`;
    return even
      ? `let w${j} = weights[(k + lane) * ${c}u + ${column}];`
      : `let w${j} = select(0.0, weights[min(k + lane, ${d - 1}u) * ${c}u + ${column}], k + lane < ${d}u);`;
  };
  const latent = (r: number, at: number) => {
    const from = even ? `k + ${at}u` : `min(k + ${at}u, ${vectors ? d - 4 : d - 1}u)`;
    return vectors ? `latents[(start${r} + ${from}) >> 2u]` : `latents[start${r} + ${from}]`;
  };
  const loadLatents = (at: number) => {
    if (!vectors) return unrolled(tile, (r) => `let x${r}_${at} = ${latent(r, at)};`);
    return at % 4 === 0 ? unrolled(tile, (r) => `let x${r}_${at} = ${latent(r, at)};`) : '';
  };
  const value = (r: number, at: number) => (vectors ? `x${r}_${at - (at % 4)}[${at % 4}]` : `x${r}_${at}`);
  return /* wgsl */ `
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  ${unrolled(
    tile,
    (r) => `
  let row${r} = id.x * ${tile * lanes}u + ${r * lanes}u + lane;
  let source${r} = order[step * ${batchSize}u + min(row${r}, ${batchSize - 1}u)];
  let start${r} = source${r} * ${d}u;`,
  )}
  for (var block = 0u; block < ${c}u; block += ${block}u) {
    ${unrolled(tile * block, (at) => `var sum${Math.floor(at / block)}_${at % block} = 0.0;`)}
    for (var k = 0u; k < ${d}u; k += ${lanes}u) {
      ${unrolled(block, kernelValue)}
      ${unrolled(
        lanes,
        (at) => `
      ${loadLatents(at)}
      ${unrolled(
        block,
        (j) => `
      let w${j}_${at} = subgroupBroadcast(w${j}, ${at}u);
      ${unrolled(tile, (r) => `sum${r}_${j} = fma(${value(r, at)}, w${j}_${at}, sum${r}_${j});`)}`,
      )}`,
      )}
    }
    ${unrolled(
      tile,
      (r) => `
    if (row${r} < ${batchSize}u) {
      ${unrolled(block, (j) => {
        const write = `scratch[row${r} * ${c}u + block + ${j}u] = bitcast<u32>(sum${r}_${j} + bias[block + ${j}u]);`;
        return whole ? write : `if (block + ${j}u < ${c}u) { ${write} }`;
      })}
    }`,
    )}
  }
  ${unrolled(tile, (r) => `if (row${r} < ${batchSize}u) { finishRow(row${r}, source${r}); }`)}
}
`;
}

/**
 * Gradients: a lane has two columns of the latents and all classes of a block. It loads the row's number and gradients of
 * one row of the batch, another one in each lane, and every value is handed to all lanes.
 */
export function subgroupGradientWgsl(shape: LinearSoftmaxShape): string {
  const { d, classCount: c, batchSize, classWeights, subgroupSize: lanes } = shape;
  const block = classBlock(shape);
  const whole = c % block === 0;
  const even = batchSize % lanes === 0;
  const rowOfLane = even ? 'first + lane' : `min(first + lane, ${batchSize - 1}u)`;
  const outputGradient = (j: number) => {
    const column = whole ? `block + ${j}u` : `min(block + ${j}u, ${c - 1}u)`;
    const load = `bitcast<f32>(scratch[row * ${c}u + ${column}])`;
    return `let g${j} = ${even ? load : `select(0.0, ${load}, first + lane < ${batchSize}u)`};`;
  };
  const sumOf = (name: string) =>
    Array.from({ length: lanes }, (_, at) => `subgroupBroadcast(${name}, ${at}u)`).join(' + ');
  return /* wgsl */ `
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  var own = vec4f();
  for (var row = lane; row < ${batchSize}u; row += ${lanes}u) { own += totalsOfRow(row); }
  let bad = ${sumOf('own.w')};
  let inverse = ${classWeights ? `inverseOf(${sumOf('own.y')})` : `1.0 / ${batchSize}.0`};
  if (id.x == ${Math.ceil(d / (tile * lanes))}u) {
    let loss = ${sumOf('own.x')};
    let weight = ${sumOf('own.y')};
    let correct = ${sumOf('own.z')};
    if (lane == 0u) { writeTotals(vec4f(loss, weight, correct, bad)); }
    if (bad == 0.0) {
      for (var column = lane; column < ${c}u; column += ${lanes}u) { updateBias(column, inverse); }
    }
    return;
  }
  // The same in all lanes: every one has added up the same numbers.
  let healthy = bad == 0.0;
  ${unrolled(
    tile,
    (q) => `
  let k${q} = id.x * ${tile * lanes}u + ${q * lanes}u + lane;
  let column${q} = min(k${q}, ${d - 1}u);`,
  )}
  for (var block = 0u; block < ${c}u; block += ${block}u) {
    ${unrolled(tile * block, (at) => `var sum${Math.floor(at / block)}_${at % block} = 0.0;`)}
    for (var first = 0u; first < ${batchSize}u; first += ${lanes}u) {
      let row = ${rowOfLane};
      let start = order[step * ${batchSize}u + row] * ${d}u;
      ${unrolled(block, outputGradient)}
      ${unrolled(
        lanes,
        (at) => `
      let start_${at} = subgroupBroadcast(start, ${at}u);
      ${unrolled(tile, (q) => `let x${q}_${at} = latents[start_${at} + column${q}];`)}
      ${unrolled(
        block,
        (j) => `
      let g${j}_${at} = subgroupBroadcast(g${j}, ${at}u);
      ${unrolled(tile, (q) => `sum${q}_${j} = fma(x${q}_${at}, g${j}_${at}, sum${q}_${j});`)}`,
      )}`,
      )}
    }
    ${unrolled(
      tile,
      (q) => `
    if (healthy && k${q} < ${d}u) {
      ${unrolled(block, (j) => {
        const write = `updateWeight(k${q} * ${c}u + block + ${j}u, sum${q}_${j} * inverse);`;
        return whole ? write : `if (block + ${j}u < ${c}u) { ${write} }`;
      })}
    }`,
    )}
  }
}
`;
}
