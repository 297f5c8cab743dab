import { f32Literal } from '../../wgsl/f32-literal.ts';
import { linearInvocationWgsl } from '../../wgsl/linear-invocation.wgsl.ts';
import { philoxWgsl } from '../../wgsl/philox.wgsl.ts';

export const workgroupSize = 64;

/** Vectors of four values that one lane takes, a workgroup apart; a CPU pays for each lane. */
export const vectorsOfLane = { gpu: 4, software: 16 };

const arrays = (type: string, read: readonly string[], written: string) =>
  [...read, written]
    .map((name, at) => {
      const access = at < read.length ? 'read' : 'read_write';
      return `@group(0) @binding(${at}) var<storage, ${access}> ${name}: array<${type}>;`;
    })
    .join('\n');

/**
 * Computes `count` values from the inputs of the same place. `value` is given how to read an input, and says its vector
 * type; where the count is no multiple of four, the values are taken one by one.
 */
function mapWgsl(
  count: number,
  vectors: number,
  read: readonly string[],
  written: string,
  value: (vector: string) => string,
  declarations = '',
): string {
  const whole = count % 4 === 0;
  const vector = whole ? 'vec4f' : 'f32';
  const items = whole ? count / 4 : count;
  return /* wgsl */ `
${arrays(vector, read, written)}
${declarations}
${linearInvocationWgsl(workgroupSize)}
  // The lanes of a workgroup stay side by side.
  let start = (id / ${workgroupSize}u) * ${workgroupSize * vectors}u + id % ${workgroupSize}u;
  for (var item = 0u; item < ${vectors}u; item++) {
    let at = start + item * ${workgroupSize}u;
    if (at >= ${items}u) { return; }
    ${written}[at] = ${value(vector)};
  }
}
`;
}

/** Not max(x, 0), which may turn a NaN into 0 and hide that training diverged. */
export const reluWgsl = (count: number, vectors: number) =>
  mapWgsl(count, vectors, ['input'], 'output', (vector) => `select(input[at], ${vector}(), input[at] <= ${vector}())`);

export const reluGradientWgsl = (count: number, vectors: number) =>
  mapWgsl(
    count,
    vectors,
    ['output', 'outputGradient'],
    'inputGradient',
    (vector) => `select(${vector}(), outputGradient[at], output[at] > ${vector}())`,
  );

export const addWgsl = (count: number, vectors: number) =>
  mapWgsl(count, vectors, ['input', 'other'], 'output', () => 'input[at] + other[at]');

/** Word w of the block b of random numbers decides value 4 b + w, whether the values are taken one by one or not. */
export function dropoutWgsl(count: number, vectors: number, rate: number): string {
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
    (vector) =>
      vector === 'vec4f'
        ? `select(vec4f(), input[at] * ${scale}, words(at) >= vec4u(${threshold}u))`
        : `select(0f, input[at] * ${scale}, words(at / 4u)[at % 4u] >= ${threshold}u)`,
    declarations,
  );
}

/** Words below it drop their value. */
export function dropoutThreshold(rate: number): number {
  return Math.min(2 ** 32 - 1, Math.round(rate * 2 ** 32));
}
