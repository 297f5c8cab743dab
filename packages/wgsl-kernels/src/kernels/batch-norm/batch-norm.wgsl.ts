import { f32Literal } from '../../wgsl/f32-literal.ts';
import { linearInvocationWgsl } from '../../wgsl/linear-invocation.wgsl.ts';
import { loadedFrom, type Stored, stored, storedArraysWgsl, vectorType, withStorage } from '../../wgsl/stored.wgsl.ts';
import { rowLoopWgsl, vectorWidth, workgroupSize } from '../column-sums/row-loop.wgsl.ts';
import type { RowRuns } from '../column-sums/row-runs.ts';

const shapeOf = (channels: number) => {
  const width = vectorWidth(channels);
  return { width, vector: vectorType(width), groups: channels / width };
};

/**
 * Mean and sum of squared deviations of each run: [runs, 2, channels]. Deviations are taken from the run's first row, and
 * the mean is given relative to the very first row, so that a large offset of the channel costs no digits.
 */
export function runStatisticsWgsl(runs: RowRuns, channels: number, storage: Stored): string {
  const { width, vector, groups } = shapeOf(channels);
  const input = loadedFrom('input', width, storage);
  const code = /* wgsl */ `
${storedArraysWgsl(width, ['input'], ['statistics'], storage)}
${linearInvocationWgsl(workgroupSize)}
  if (id >= ${runs.count * groups}u) { return; }
  ${rowLoopWgsl(
    runs,
    groups,
    `let shift = ${input('at')};
  var sum = ${vector}();
  var squares = ${vector}();`,
    (rows) => `${rows.map((row, at) => `let d${at} = ${input(row)} - shift;`).join('\n    ')}
    sum += (d0 + d1) + (d2 + d3);
    squares += fma(d0, d0, d1 * d1) + fma(d2, d2, d3 * d3);`,
    (row) => `let d = ${input(row)} - shift;
    sum += d;
    squares += d * d;`,
  )}
  let mean = sum / f32(row_count);
  let to = (id / ${groups}u) * ${2 * groups}u + group;
  statistics[to] = (shift - ${input('group')}) + mean;
  statistics[to + ${groups}u] = max(squares - sum * mean, ${vector}());
}
`;
  return withStorage(code, storage);
}

/**
 * Merges partials of `rowsPerPartial` rows each (the last may have fewer) from `first` to `end`, as Chan, Golub and LeVeque
 * do, but all at once: first the mean, then the deviations from it. Declares `mean`, `squares` and `total`.
 */
const mergeWgsl = (rows: number, rowsPerPartial: number, channels: number) => /* wgsl */ `
  let origin = statistics[first * ${2 * channels}u + channel];
  var offset = 0f;
  for (var partial = first; partial < end; partial++) {
    let weight = f32(min(${rowsPerPartial}u, ${rows}u - partial * ${rowsPerPartial}u));
    offset += weight * (statistics[partial * ${2 * channels}u + channel] - origin);
  }
  let total = f32(min(end * ${rowsPerPartial}u, ${rows}u) - first * ${rowsPerPartial}u);
  let mean = origin + offset / total;
  var squares = 0f;
  for (var partial = first; partial < end; partial++) {
    let weight = f32(min(${rowsPerPartial}u, ${rows}u - partial * ${rowsPerPartial}u));
    let at = partial * ${2 * channels}u + channel;
    let deviation = statistics[at] - mean;
    squares += fma(weight * deviation, deviation, statistics[at + ${channels}u]);
  }`;

/** Merges runs of partials: [partials, 2, channels] to [runs, 2, channels]. */
export function mergeStatisticsWgsl(rows: number, rowsPerPartial: number, runs: RowRuns, channels: number): string {
  return /* wgsl */ `
${storedArraysWgsl(1, ['statistics'], ['merged'])}
${linearInvocationWgsl(workgroupSize)}
  if (id >= ${runs.count * channels}u) { return; }
  let channel = id % ${channels}u;
  let first = (id / ${channels}u) * ${runs.length}u;
  let end = min(first + ${runs.length}u, ${runs.rows}u);
  ${mergeWgsl(rows, rowsPerPartial, channels)}
  let to = (id / ${channels}u) * ${2 * channels}u + channel;
  merged[to] = mean;
  merged[to + ${channels}u] = squares;
}
`;
}

/** Merges the last partials to the mean and 1 / sqrt(variance + epsilon), and moves the running statistics. */
export function finishStatisticsWgsl(
  rows: number,
  rowsPerPartial: number,
  partialCount: number,
  channels: number,
  epsilon: number,
  momentum: number,
  storage: Stored,
): string {
  const rest = f32Literal(1 - momentum);
  const written = ['movingMean', 'movingVariance', 'savedMean', 'savedInverse'];
  const code = /* wgsl */ `
${storedArraysWgsl(1, ['statistics', 'input'], written, storage)}
${linearInvocationWgsl(workgroupSize)}
  if (id >= ${channels}u) { return; }
  let channel = id;
  let first = 0u;
  let end = ${partialCount}u;
  ${mergeWgsl(rows, rowsPerPartial, channels)}
  let batch_mean = ${loadedFrom('input', 1, storage)('channel')} + mean;
  let variance = squares / total;
  savedMean[channel] = batch_mean;
  savedInverse[channel] = inverseSqrt(variance + ${f32Literal(epsilon)});
  movingMean[channel] = fma(${f32Literal(momentum)}, movingMean[channel], ${rest} * batch_mean);
  movingVariance[channel] = fma(${f32Literal(momentum)}, movingVariance[channel], ${rest} * variance);
}
`;
  return withStorage(code, storage);
}

/** output = (input - mean) * inverse * gamma + beta, and ReLU; the inverse is given, or made from a variance. */
export function normalizeWgsl(
  runs: RowRuns,
  channels: number,
  relu: boolean,
  storage: Stored,
  varianceEpsilon?: number,
): string {
  const { width, vector, groups } = shapeOf(channels);
  const input = loadedFrom('input', width, storage);
  const spread = varianceEpsilon === undefined ? 'inverse' : 'variance';
  const inverse =
    varianceEpsilon === undefined
      ? 'inverse[group]'
      : `inverseSqrt(variance[group] + ${vector}(${f32Literal(varianceEpsilon)}))`;
  // Not max(x, 0), which may turn a NaN into 0 and hide that training diverged.
  const store = (row: string, x: string) =>
    `output[${row}] = ${stored(relu ? `select(${x}, ${vector}(), ${x} <= ${vector}())` : x, width, storage.output)};`;
  const normalized = (row: string) => `fma(${input(row)} - center, scale, offset)`;
  const code = /* wgsl */ `
${storedArraysWgsl(width, ['input', 'mean', spread, 'gamma', 'beta'], ['output'], storage)}
${linearInvocationWgsl(workgroupSize)}
  if (id >= ${runs.count * groups}u) { return; }
  ${rowLoopWgsl(
    runs,
    groups,
    `let center = mean[group];
  let scale = gamma[group] * ${inverse};
  let offset = beta[group];`,
    (rows) => `${rows.map((row, at) => `let y${at} = ${normalized(row)};`).join('\n    ')}
    ${rows.map((row, at) => store(row, `y${at}`)).join('\n    ')}`,
    (row) => `let y = ${normalized(row)};
    ${store(row, 'y')}`,
  )}
}
`;
  return withStorage(code, storage);
}

/** The output's gradient behind the ReLU: none where the output is not positive. */
const masked = (row: string, width: 1 | 4, relu: boolean, storage: Stored) => {
  const zero = `${vectorType(width)}()`;
  const output = loadedFrom('output', width, storage)(row);
  return relu ? `select(${zero}, outputGradient[${row}], ${output} > ${zero})` : `outputGradient[${row}]`;
};

/** Sums of g and of g (x - mean) over each run: [runs, 2, channels]. */
export function runGradientsWgsl(runs: RowRuns, channels: number, relu: boolean, storage: Stored): string {
  const { width, vector, groups } = shapeOf(channels);
  const input = loadedFrom('input', width, storage);
  const code = /* wgsl */ `
${storedArraysWgsl(width, ['input', 'outputGradient', 'mean', ...(relu ? ['output'] : [])], ['sums'], storage)}
${linearInvocationWgsl(workgroupSize)}
  if (id >= ${runs.count * groups}u) { return; }
  ${rowLoopWgsl(
    runs,
    groups,
    `let center = mean[group];
  var sum = ${vector}();
  var products = ${vector}();`,
    (rows) => `${rows
      .map((row, at) => `let g${at} = ${masked(row, width, relu, storage)};\n    let d${at} = ${input(row)} - center;`)
      .join('\n    ')}
    sum += (g0 + g1) + (g2 + g3);
    products += fma(g0, d0, g1 * d1) + fma(g2, d2, g3 * d3);`,
    (row) => `let g = ${masked(row, width, relu, storage)};
    sum += g;
    products += g * (${input(row)} - center);`,
  )}
  let to = (id / ${groups}u) * ${2 * groups}u + group;
  sums[to] = sum;
  sums[to + ${groups}u] = products;
}
`;
  return withStorage(code, storage);
}

/**
 * Sums the last partials to the gradients of gamma and beta, and prepares the input's gradient: [4, channels] of the
 * scale, the mean of g, the slope along x, and the mean of x.
 */
export function finishGradientsWgsl(rows: number, partialCount: number, channels: number): string {
  const written = ['gammaGradient', 'betaGradient', 'coefficients'];
  return /* wgsl */ `
${storedArraysWgsl(1, ['sums', 'gamma', 'mean', 'inverse'], written)}
${linearInvocationWgsl(workgroupSize)}
  if (id >= ${channels}u) { return; }
  var sum = 0f;
  var products = 0f;
  for (var partial = 0u; partial < ${partialCount}u; partial++) {
    sum += sums[partial * ${2 * channels}u + id];
    products += sums[partial * ${2 * channels}u + ${channels}u + id];
  }
  let along = inverse[id] * products;
  betaGradient[id] = sum;
  gammaGradient[id] = along;
  coefficients[id] = gamma[id] * inverse[id];
  coefficients[id + ${channels}u] = sum / ${f32Literal(rows)};
  coefficients[id + ${2 * channels}u] = inverse[id] * (along / ${f32Literal(rows)});
  coefficients[id + ${3 * channels}u] = mean[id];
}
`;
}

/** inputGradient = scale ((g - mean of g) - slope (x - mean)) */
export function inputGradientWgsl(runs: RowRuns, channels: number, relu: boolean, storage: Stored): string {
  const { width, groups } = shapeOf(channels);
  const input = loadedFrom('input', width, storage);
  const read = ['input', 'outputGradient', 'coefficients', ...(relu ? ['output'] : [])];
  const gradient = (row: string) =>
    `scale * ((${masked(row, width, relu, storage)} - shift) - slope * (${input(row)} - center))`;
  const code = /* wgsl */ `
${storedArraysWgsl(width, read, ['inputGradient'], storage)}
${linearInvocationWgsl(workgroupSize)}
  if (id >= ${runs.count * groups}u) { return; }
  ${rowLoopWgsl(
    runs,
    groups,
    `let scale = coefficients[group];
  let shift = coefficients[group + ${groups}u];
  let slope = coefficients[group + ${2 * groups}u];
  let center = coefficients[group + ${3 * groups}u];`,
    (rows) => `${rows.map((row, at) => `let x${at} = ${gradient(row)};`).join('\n    ')}
    ${rows.map((row, at) => `inputGradient[${row}] = x${at};`).join('\n    ')}`,
    (row) => `inputGradient[${row}] = ${gradient(row)};`,
  )}
}
`;
  return withStorage(code, storage);
}
