import type { RowLoss } from '../softmax-cross-entropy/row-loss.ts';

/** What is compiled into the shaders. */
export interface LinearSoftmaxShape extends RowLoss {
  readonly d: number;
  readonly classCount: number;
  readonly batchSize: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly labelSmoothing: number;
  readonly classWeights: boolean;
  /**
   * Lanes of a subgroup, which is then a workgroup and needs no barrier: for software Vulkan. 0: workgroups whose lanes
   * share the sum of each output and meet at barriers: for GPUs.
   */
  readonly subgroupSize: number;
}

/**
 * Classes that a lane adds up at once, as few even blocks as there are: at most 12, which stay in registers, and half as
 * many where subgroups of 4 lanes tell of a driver with 16 short registers.
 */
export function classBlock({ classCount, subgroupSize }: LinearSoftmaxShape): number {
  const most = subgroupSize === 4 ? 6 : 12;
  return Math.ceil(classCount / Math.ceil(classCount / most));
}

/** The text for each of 0 .. count - 1, one a line. */
export function unrolled(count: number, line: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => line(at)).join('\n');
}
