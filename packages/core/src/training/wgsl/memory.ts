import { LimitExceededError, type StorageType } from '@csx/wgsl-kernels';
import type { TrainStepOptions } from '../engine.ts';
import type { ModelGraph } from '../graph/model-graph.ts';
import { elementCount } from '../graph/model-graph.ts';
import { type Arena, layOut } from './arena.ts';
import { planBuffers, type Schedule } from './schedule.ts';
import { scheduleTraining } from './schedule-backward.ts';
import { scheduleEvaluation } from './schedule-forward.ts';
import type { SharedBuffers } from './share-buffers.ts';

/** Weights lie kernels first, since only they decay; statistics lie apart, since no gradient reaches them. */
export interface ParameterArenas {
  readonly trained: Arena;
  /** Elements of `trained` that decay. */
  readonly decayCount: number;
  readonly statistics: Arena;
}

export function parameterArenas(model: ModelGraph): ParameterArenas {
  const of = (role: 'kernel' | 'bias' | 'statistic') =>
    model.parameters
      .filter((parameter) => parameter.role === role)
      .map(({ name, shape }) => [name, elementCount(shape) * 4] as const);
  const kernels = of('kernel');
  return {
    trained: layOut([...kernels, ...of('bias')]),
    decayCount: layOut(kernels).bytes / 4,
    statistics: layOut(of('statistic')),
  };
}

/** What a device gives. */
export interface MemoryLimits {
  readonly maxBindingBytes: number;
  readonly maxBufferBytes: number;
  /** For all buffers of a plan. */
  readonly totalBytes: number;
}

/** What stands in the way of a plan, or nothing. */
function obstacle(
  schedule: Schedule,
  { bytes }: SharedBuffers,
  arenas: ParameterArenas,
  copies: number,
  limits: MemoryLimits,
): string | undefined {
  for (const { label, reads, writes } of schedule.kernels) {
    for (const name of [...reads, ...writes]) {
      if (schedule.parameters.has(name)) continue;
      const size = schedule.tensors.bytes(name);
      if (size > limits.maxBindingBytes)
        return `${label}: tensor ${name} has ${size} bytes, a binding holds ${limits.maxBindingBytes}`;
    }
  }
  if (arenas.trained.bytes > limits.maxBufferBytes)
    return `the weights have ${arenas.trained.bytes} bytes, a buffer holds ${limits.maxBufferBytes}`;
  const total = bytes.reduce((sum, size) => sum + size, 0) + copies * arenas.trained.bytes + arenas.statistics.bytes;
  if (total > limits.totalBytes) return `the buffers have ${total} bytes, the limit is ${limits.totalBytes}`;
  return undefined;
}

/** The largest number below `most` that fits; 0 if none does. Memory grows with the number. */
export function largestThat(fits: (count: number) => boolean, most: number): number {
  let [good, bad] = [0, most];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

function requireFit(what: string, batchSize: number, obstacleAt: (batchSize: number) => string | undefined): void {
  const found = obstacleAt(batchSize);
  if (found === undefined) return;
  const largest = largestThat((size) => obstacleAt(size) === undefined, batchSize);
  throw new LimitExceededError(`${what} of batches of ${batchSize}: ${found}`, {
    hint:
      largest === 0
        ? 'Not even one image fits: use a smaller network, or another adapter.'
        : `The largest batch that fits is ${largest}; microBatches can split a larger one for training.`,
  });
}

/** Weights, momenta, gradients, and the sums of those where a batch is split. */
const weightCopies = ({ microBatches = 1 }: TrainStepOptions) => (microBatches > 1 ? 4 : 3);

/** Bytes of each buffer of a training step, but for what kernels take between their dispatches. */
export function trainingBytes(
  model: ModelGraph,
  options: TrainStepOptions,
  activationStorage: StorageType,
): readonly number[] {
  const { trained, statistics } = parameterArenas(model);
  const { bytes } = planBuffers(scheduleTraining(model, options, activationStorage));
  const copies = Array<number>(weightCopies(options)).fill(trained.bytes);
  return [...bytes, ...copies, statistics.bytes, statistics.bytes];
}

/** The same of a forward pass. */
export function forwardBytes(model: ModelGraph, batchSize: number): readonly number[] {
  const { trained, statistics } = parameterArenas(model);
  const schedule = scheduleEvaluation(model, batchSize);
  return [...planBuffers(schedule).bytes, trained.bytes, statistics.bytes];
}

/** Throws LimitExceededError, which says the largest batch that fits, unless a training step's buffers do. */
export function requireTrainingFits(
  model: ModelGraph,
  options: TrainStepOptions,
  activationStorage: StorageType,
  limits: MemoryLimits,
): void {
  const arenas = parameterArenas(model);
  requireFit('training step', options.batchSize, (batchSize) => {
    const schedule = scheduleTraining(model, { ...options, batchSize }, activationStorage);
    return obstacle(schedule, planBuffers(schedule), arenas, weightCopies(options), limits);
  });
}

/** The same of a forward pass. */
export function requireForwardFits(model: ModelGraph, batchSize: number, limits: MemoryLimits): void {
  const arenas = parameterArenas(model);
  requireFit('forward pass', batchSize, (size) => {
    const schedule = scheduleEvaluation(model, size);
    return obstacle(schedule, planBuffers(schedule), arenas, 1, limits);
  });
}
