import { linearInvocationWgsl } from '../../wgsl/linear-invocation.wgsl.ts';
import { vectorType } from '../../wgsl/stored.wgsl.ts';
import { rowLoopWgsl, vectorWidth, workgroupSize } from './row-loop.wgsl.ts';
import type { RowRuns } from './row-runs.ts';

/** Sums each run of rows of [rows, columns]: [runs, columns]. */
export function sumRunsWgsl(runs: RowRuns, columns: number): string {
  const width = vectorWidth(columns);
  const vector = vectorType(width);
  const groups = columns / width;
  return /* wgsl */ `
@group(0) @binding(0) var<storage, read> input: array<${vector}>;
@group(0) @binding(1) var<storage, read_write> sums: array<${vector}>;
${linearInvocationWgsl(workgroupSize)}
  if (id >= ${runs.count * groups}u) { return; }
  ${rowLoopWgsl(
    runs,
    groups,
    `var sum = ${vector}();`,
    ([a, b, c, d]) => `sum += (input[${a}] + input[${b}]) + (input[${c}] + input[${d}]);`,
    (a) => `sum += input[${a}];`,
  )}
  sums[id] = sum;
}
`;
}
