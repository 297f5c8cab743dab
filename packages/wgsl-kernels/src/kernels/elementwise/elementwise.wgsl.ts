import { f32Literal } from '../../wgsl/f32-literal.ts';
import { linearInvocationWgsl } from '../../wgsl/linear-invocation.wgsl.ts';
import { philoxWgsl } from '../../wgsl/philox.wgsl.ts';
import { loadedFrom, type Stored, stored, storedArraysWgsl, vectorType, withStorage } from '../../wgsl/stored.wgsl.ts';

export const workgroupSize = 64;

/** Vectors of four values that one lane takes, a workgroup apart; a CPU pays for each lane. */
export const vectorsOfLane = { gpu: 4, software: 16 };

/**
 * Computes `count` values from the inputs of the same place. `value` is given the inputs' values there, and their vector
 * type; where the count is no multiple of four, the values are taken one by one.
 */
function mapWgsl(
  count: number,
  vectors: number,
  read: readonly string[],
  written: string,
  storage: Stored,
  value: (inputs: readonly string[], vector: string) => string,
  declarations = '',
): string {
  const whole = count % 4 === 0;
  const width = whole ? 4 : 1;
  const items = whole ? count / 4 : count;
  const inputs = read.map((name) => loadedFrom(name, width, storage)('at'));
  const result = stored(value(inputs, vectorType(width)), width, storage[written]);
  const code = /* wgsl */ `
${storedArraysWgsl(width, read, [written], storage)}
${declarations}
${linearInvocationWgsl(workgroupSize)}
  // The lanes of a workgroup stay side by side.
  let start = (id / ${workgroupSize}u) * ${workgroupSize * vectors}u + id % ${workgroupSize}u;
  for (var item = 0u; item < ${vectors}u; item++) {
    let at = start + item * ${workgroupSize}u;
    if (at >= ${items}u) { return; }
    ${written}[at] = ${result};
  }
}
`;
  return withStorage(code, storage);
}

/** Not max(x, 0), which may turn a NaN into 0 and hide that training diverged. */
export const reluWgsl = (count: number, vectors: number, storage: Stored) =>
  mapWgsl(
    count,
    vectors,
    ['input'],
    'output',
    storage,
    ([input], vector) => `select(${input}, ${vector}(), ${input} <= ${vector}())`,
  );

export const reluGradientWgsl = (count: number, vectors: number, storage: Stored) =>
  mapWgsl(
    count,
    vectors,
    ['output', 'outputGradient'],
    'inputGradient',
    storage,
    ([output, outputGradient], vector) => `select(${vector}(), ${outputGradient}, ${output} > ${vector}())`,
  );

export const addWgsl = (count: number, vectors: number, storage: Stored) =>
  mapWgsl(count, vectors, ['input', 'other'], 'output', storage, ([input, other]) => `${input} + ${other}`);

/** Word w of the block b of random numbers decides value 4 b + w, whether the values are taken one by one or not. */
export function dropoutWgsl(count: number, vectors: number, rate: number, storage: Stored): string {
  const declarations = /* wgsl */ `
struct Random { seed: u32, stream: u32, step: u32 }
@group(0) @binding(2) var<uniform> random: Random;
${philoxWgsl}
fn words(block: u32) -> vec4u {
  return philox4x32(vec4u(block, random.step, 0u, 0u), vec2u(random.seed, random.stream));
}`;
  const threshold = dropoutThreshold(rate);
  const scale = f32Literal(1 / (1 - rate));
  return mapWgsl(
    count,
    vectors,
    ['input'],
    'output',
    storage,
    ([input], vector) =>
      vector === 'vec4f'
        ? `select(vec4f(), ${input} * ${scale}, words(at) >= vec4u(${threshold}u))`
        : `select(0f, ${input} * ${scale}, words(at / 4u)[at % 4u] >= ${threshold}u)`,
    declarations,
  );
}

/** Words below it drop their value. */
export function dropoutThreshold(rate: number): number {
  return Math.min(2 ** 32 - 1, Math.round(rate * 2 ** 32));
}
