import { linearInvocationWgsl } from '../../wgsl/linear-invocation.wgsl.ts';
import { type StorageType, stored, storedType, vectorType, withStorage } from '../../wgsl/stored.wgsl.ts';

const workgroupSize = 64;

/** Adds the partial sums [splits, rows * columns] of a product in order, and a bias of `columns` values if there is one. */
export function sumSplits(splits: number, rows: number, columns: number, bias: boolean, output: StorageType) {
  const vector = columns % 4 === 0 ? 4 : 1;
  const element = vectorType(vector);
  const width = columns / vector;
  const count = rows * width;
  const code = /* wgsl */ `
@group(0) @binding(0) var<storage, read> partial_sums: array<${element}>;
@group(0) @binding(1) var<storage, read_write> output: array<${storedType(vector, output)}>;
${bias ? `@group(0) @binding(2) var<storage, read> bias: array<${element}>;` : ''}
${linearInvocationWgsl(workgroupSize)}
  if (id >= ${count}u) { return; }
  var sum = partial_sums[id];
  for (var split = 1u; split < ${splits}u; split++) { sum += partial_sums[split * ${count}u + id]; }
  output[id] = ${stored(`sum${bias ? ` + bias[id % ${width}u]` : ''}`, vector, output)};
}
`;
  return { code: withStorage(code, { output }), workgroups: Math.ceil(count / workgroupSize) };
}
