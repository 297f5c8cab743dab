import {
  bufferUsage,
  createPlan,
  type Plan,
  type PreparedLinearSoftmax,
  residentOn,
  type Session,
  writePadded,
} from '@csx/wgsl-kernels';
import { keptPartCount, requireLatents } from '../check-head.ts';
import { classOffsetsOf } from '../check-loss-options.ts';
import type { HeadOptions, LabelledLatents } from '../engine.ts';
import { classifierHeadGraph, elementCount, headBias, headKernel, type ModelGraph } from '../graph/model-graph.ts';
import { type Arena, layOut } from './arena.ts';
import type { TrainingKernels } from './kernels.ts';
import { PlanBuffers } from './plan-buffers.ts';

export const headNames = {
  latents: 'latents',
  labels: 'labels',
  order: 'order',
  totals: 'totals',
  state: 'state',
  learningRate: 'learning rate',
  classWeights: 'class weights',
  classOffsets: 'class offsets',
} as const;
export const momentumOf = (parameter: string) => `momentum of ${parameter}`;
/** Mean loss and correct rows of a step. */
export const headTotalsBytes = 8;

const label = 'classifier head';

/** What does not depend on the number of latents. */
export interface CompiledHead {
  readonly options: HeadOptions;
  readonly graph: ModelGraph;
  readonly kernel: PreparedLinearSoftmax;
  /** Parameters and momenta. */
  readonly state: Arena;
  readonly buffers: PlanBuffers;
}

/** What an epoch works on for one number of latents. */
export interface HeadMemory {
  readonly buffers: PlanBuffers;
  /** All steps of an epoch. */
  readonly plan: Plan;
  readonly parts: readonly LabelledLatents[];
  readonly n: number;
  readonly steps: number;
}

/** Compiles the kernels for latents of one width, and makes room for the state. */
export async function compileHead(
  session: Session,
  { linearSoftmax }: TrainingKernels,
  options: HeadOptions,
): Promise<CompiledHead> {
  const { nesterov = false, classWeights, logitOffsets: _, margins: __, ...rest } = options;
  const classOffsets = classOffsetsOf(options);
  const kernel = await linearSoftmax.prepare({
    ...rest,
    nesterov,
    classWeights: classWeights !== undefined,
    classOffsets: classOffsets !== undefined,
  });
  const graph = classifierHeadGraph(options.d, options.classCount);
  const parameters = graph.parameters.map(({ name, shape }) => [name, elementCount(shape) * 4] as const);
  const state = layOut([...parameters, ...parameters.map(([name, bytes]) => [momentumOf(name), bytes] as const)]);
  const buffers = new PlanBuffers(session, label);
  try {
    await session.submit(`${label}: buffers`, () => {
      buffers.bindArena(buffers.make(headNames.state, state.bytes), state);
      buffers.make(headNames.learningRate, 16, bufferUsage.uniform);
      for (const [name, values] of [
        [headNames.classWeights, classWeights],
        [headNames.classOffsets, classOffsets],
      ] as const) {
        if (values !== undefined) writePadded(session.device, buffers.make(name, values.byteLength), values);
      }
      return [];
    });
  } catch (error) {
    buffers.discard();
    throw error;
  }
  return { options, graph, kernel, state, buffers };
}

/** Puts latents on the device and records an epoch on them. Parts that `before` has already are copied from there. */
export async function createHeadMemory(
  session: Session,
  compiled: CompiledHead,
  parts: readonly LabelledLatents[],
  before: HeadMemory | undefined,
): Promise<HeadMemory> {
  const n = requireLatents(parts, compiled.options);
  const steps = Math.floor(n / compiled.options.batchSize);
  const memory = { buffers: new PlanBuffers(session, label), plan: createPlan(session, label), parts, n, steps };
  try {
    await session.submit(`${label}: latents`, ({ encoder }) => {
      record(compiled, memory);
      fill(session, encoder, memory, before);
      return [];
    });
  } catch (error) {
    memory.plan.dispose(false);
    memory.buffers.discard();
    throw error;
  }
  return memory;
}

export function releaseHeadMemory({ plan, buffers }: HeadMemory): void {
  plan.dispose();
  buffers.release();
}

function record(compiled: CompiledHead, { plan, buffers, n, steps }: HeadMemory): void {
  const { d, batchSize, classWeights } = compiled.options;
  const hasOffsets = classOffsetsOf(compiled.options) !== undefined;
  const { at } = compiled.buffers;
  buffers.make(headNames.latents, n * d * 4);
  buffers.make(headNames.labels, n * 4);
  buffers.make(headNames.order, steps * batchSize * 4);
  buffers.make(headNames.totals, steps * headTotalsBytes);
  compiled.kernel.encode(plan, {
    n,
    steps,
    latents: buffers.at(headNames.latents),
    labels: buffers.at(headNames.labels),
    order: buffers.at(headNames.order),
    totals: buffers.at(headNames.totals),
    classWeights: classWeights && at(headNames.classWeights),
    classOffsets: hasOffsets ? at(headNames.classOffsets) : undefined,
    weights: at(headKernel),
    bias: at(headBias),
    weightMomenta: at(momentumOf(headKernel)),
    biasMomenta: at(momentumOf(headBias)),
    learningRate: at(headNames.learningRate),
  });
}

function fill(
  { device }: Session,
  encoder: GPUCommandEncoder,
  { buffers, parts }: HeadMemory,
  before: HeadMemory | undefined,
): void {
  const target = buffers.at(headNames.latents).buffer;
  const kept = before === undefined ? 0 : keptPartCount(before.parts, parts);
  let row = 0;
  for (const [part, { latents, labels }] of parts.entries()) {
    const { data, d } = latents;
    const start = row * d * 4;
    const resident = residentOn(device, latents);
    if (before !== undefined && part < kept)
      encoder.copyBufferToBuffer(before.buffers.at(headNames.latents).buffer, start, target, start, data.byteLength);
    else if (resident !== undefined)
      encoder.copyBufferToBuffer(resident.buffer, resident.firstRow * d * 4, target, start, data.byteLength);
    else writePadded(device, target, data, start);
    writePadded(device, buffers.at(headNames.labels).buffer, labels, row * 4);
    row += latents.n;
  }
}
