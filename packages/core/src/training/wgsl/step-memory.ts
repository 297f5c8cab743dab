import { type Binding, bufferUsage, createPlan, type Plan, type Session, type StorageType } from '@csx/wgsl-kernels';
import { classOffsetsOf } from '../check-loss-options.ts';
import { type DropoutStream, dropoutMaskName, dropoutStreams } from '../dropouts.ts';
import type { TrainStepOptions } from '../engine.ts';
import { elementCount, type ModelGraph, shapeOf } from '../graph/model-graph.ts';
import { layOut } from './arena.ts';
import { Controls, controlNames } from './controls.ts';
import type { TrainingKernels } from './kernels.ts';
import { type ParameterArenas, parameterArenas } from './memory.ts';
import { PlanBuffers } from './plan-buffers.ts';
import { planBuffers } from './schedule.ts';
import { batchNames, scheduleTraining } from './schedule-backward.ts';

/** Steps whose results the device keeps before they are fetched unasked. */
export const slotCount = 1024;
/** Mean loss, correct rows, weight of the rows, and nothing. */
export const totalsBytes = 16;

/** What a compiled step works on. */
export interface StepMemory {
  readonly buffers: PlanBuffers;
  readonly arenas: ParameterArenas;
  /** Forward and backward of a batch, or of a part of it, whose gradients it adds up. */
  readonly plan: Plan;
  /** The update. */
  readonly updatePlan: Plan;
  /** Bytes of images to the network's input; undefined for inputs that are no images. */
  readonly augmentPlan: Plan | undefined;
  readonly controls: Controls;
  readonly dropouts: readonly DropoutStream[];
  readonly weights: GPUBuffer;
  readonly momenta: GPUBuffer;
  /** Running statistics: those of the last step that updated, and those that this step makes. */
  readonly statistics: GPUBuffer;
  readonly nextStatistics: GPUBuffer;
  readonly totals: GPUBuffer;
  /** Sums over the parts of a batch; undefined where it is computed at once. */
  readonly sums: { readonly gradients: GPUBuffer; readonly totals: GPUBuffer } | undefined;
}

export const pixelNames = { pixels: 'batch:pixels', rows: 'batch:rows', table: 'batch:table' } as const;
export const controlBufferName = 'batch:controls';

const label = 'training step';

/**
 * Compiles the kernels of a training step, makes its buffers and records it.
 * @param options of a part of a batch, where batches are split
 */
export async function createStepMemory(
  session: Session,
  kernels: TrainingKernels,
  graph: ModelGraph,
  options: TrainStepOptions,
  activationStorage: StorageType,
  isSplit: boolean,
): Promise<StepMemory> {
  const schedule = scheduleTraining(graph, options, activationStorage);
  const shared = planBuffers(schedule);
  const arenas = parameterArenas(graph);
  const { trained, decayCount } = arenas;
  const { momentum, weightDecay, nesterov = false, classWeights, batchSize, latentBatchSize = 0 } = options;
  const inputShape = shapeOf(graph, graph.input);
  const [height, width, channels] = inputShape;
  const { flip, shift } = options.augmentation ?? { flip: false, shift: 0 };
  const [encoders, update, commit, augment, addGradients, addTotals] = await Promise.all([
    Promise.all(schedule.kernels.map((kernel) => kernel.prepare(kernels))),
    kernels.momentumSgd.prepare({ count: trained.bytes / 4, decayCount, momentum, weightDecay, nesterov }),
    kernels.guardedCopy.prepare({ count: arenas.statistics.bytes / 4 }),
    inputShape.length === 3
      ? kernels.augment.prepare({ batch: batchSize, height, width, channels, flip, shift })
      : undefined,
    ...(isSplit ? [trained.bytes / 4, totalsBytes / 4] : []).map((count) => kernels.accumulate.prepare({ count })),
  ]);
  const buffers = new PlanBuffers(session, label);
  const plan = createPlan(session, label);
  const updatePlan = createPlan(session, `${label}: update`);
  const augmentPlan = augment && createPlan(session, `${label}: augment`);
  const dropouts = dropoutStreams(graph);
  const controls = new Controls(dropouts.map(({ op }) => dropoutMaskName(op.output)));
  const { storage, uniform } = bufferUsage;
  let memory: StepMemory | undefined;
  try {
    await session.submit(`${label}: buffers`, ({ encoder }) => {
      const weights = buffers.make('batch:weights', trained.bytes);
      const momenta = buffers.make('batch:momenta', trained.bytes);
      const gradients = buffers.make('batch:gradients', trained.bytes);
      const statistics = buffers.make('batch:statistics', arenas.statistics.bytes);
      const nextStatistics = buffers.make('batch:next statistics', arenas.statistics.bytes);
      const saved = layOut([...schedule.saved].map((name) => [name, schedule.tensors.bytes(name)]));
      buffers.bindArena(weights, trained);
      buffers.bindArena(gradients, trained, (name) => schedule.gradients.get(name));
      buffers.bindArena(nextStatistics, arenas.statistics);
      buffers.bindArena(buffers.make('batch:saved statistics', saved.bytes), saved);
      buffers.acquireShared(schedule, shared, storage);

      const rows = batchSize + latentBatchSize;
      buffers.make(batchNames.labels, rows * 4);
      buffers.make(batchNames.rowWeights, rows * 4);
      if (classWeights !== undefined) buffers.make(batchNames.classWeights, classWeights.byteLength);
      const classOffsets = classOffsetsOf(options);
      if (classOffsets !== undefined) buffers.make(batchNames.classOffsets, classOffsets.byteLength);
      const totals = buffers.make(isSplit ? 'batch:all totals' : batchNames.totals, slotCount * totalsBytes);
      // What a part comes to goes to a slot of its own, and from there into the sums.
      if (isSplit) buffers.make(batchNames.totals, totalsBytes);
      const sums = isSplit
        ? {
            gradients: buffers.make('batch:gradient sums', trained.bytes),
            totals: buffers.make('batch:total sums', totalsBytes),
          }
        : undefined;
      const controlBuffer = buffers.make(controlBufferName, controls.data.byteLength, uniform);
      for (const name of controls.names)
        buffers.bind(name, { buffer: controlBuffer, offset: controls.offsetOf(name), size: 16 });

      buffers.clear(encoder);
      for (const encode of encoders) {
        encode(plan, buffers.at);
        plan.releaseTemporaries();
      }
      const whole = (buffer: GPUBuffer, { bytes }: { bytes: number }): Binding => ({ buffer, size: bytes });
      if (sums !== undefined) {
        addGradients?.encode(plan, {
          source: whole(gradients, trained),
          target: whole(sums.gradients, trained),
          factors: buffers.at(controlNames.gradientFactors),
        });
        addTotals?.encode(plan, {
          source: buffers.at(batchNames.totals),
          target: { buffer: sums.totals, size: totalsBytes },
          factors: buffers.at(controlNames.totalsFactors),
        });
      }
      const guard = {
        totals: sums === undefined ? buffers.at(batchNames.totals) : { buffer: sums.totals, size: totalsBytes },
        slot: buffers.at(batchNames.slot),
      };
      update.encode(updatePlan, {
        weights: whole(weights, trained),
        momenta: whole(momenta, trained),
        gradients: whole(sums?.gradients ?? gradients, trained),
        learningRate: buffers.at(controlNames.learningRate),
        guard,
      });
      commit.encode(updatePlan, {
        source: whole(nextStatistics, arenas.statistics),
        target: whole(statistics, arenas.statistics),
        guard,
      });
      if (augmentPlan !== undefined) {
        buffers.make(pixelNames.pixels, batchSize * elementCount(inputShape));
        buffers.make(pixelNames.rows, batchSize * 4);
        buffers.make(pixelNames.table, channels * 256 * 4);
        augment?.encode(augmentPlan, {
          pixels: buffers.at(pixelNames.pixels),
          rows: buffers.at(pixelNames.rows),
          table: buffers.at(pixelNames.table),
          key: buffers.at(controlNames.augmentKey),
          output: buffers.at(graph.input),
        });
      }
      memory = {
        buffers,
        arenas,
        plan,
        updatePlan,
        augmentPlan,
        controls,
        dropouts,
        weights,
        momenta,
        statistics,
        nextStatistics,
        totals,
        sums,
      };
      return [];
    });
  } catch (error) {
    plan.dispose(false);
    updatePlan.dispose(false);
    augmentPlan?.dispose(false);
    buffers.discard();
    throw error;
  }
  return memory as StepMemory;
}
