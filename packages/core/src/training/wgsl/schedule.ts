import type { Binding, Recorder, StorageType } from '@csx/wgsl-kernels';
import type { ModelGraph } from '../graph/model-graph.ts';
import type { TrainingKernels } from './kernels.ts';
import { type Lifetime, type SharedBuffers, shareBuffers } from './share-buffers.ts';
import type { TensorTable } from './tensor-table.ts';

/** Finds the buffer of a tensor or parameter. */
export type Lookup = (name: string) => Binding;

/** One kernel of a step: what it reads and writes, and how it is compiled and recorded. */
export interface ScheduledKernel {
  /** The layer it belongs to, and what it does there: for errors and profiles. */
  readonly label: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  prepare(kernels: TrainingKernels): Promise<(recorder: Recorder, at: Lookup) => void>;
}

/** The kernels of a step in their order, and the tensors between them. */
export interface Schedule {
  readonly kernels: ScheduledKernel[];
  readonly tensors: TensorTable;
  /** Tensors that the host writes before a replay or reads after it: they share their buffer with no other. */
  readonly kept: Set<string>;
  /** Names that lie in arenas or in buffers of their own. */
  readonly parameters: Set<string>;
  /** Those of them that a step keeps of its batch norms. */
  readonly saved: Set<string>;
}

/** What the lowering of a graph needs to know. */
export interface ScheduleContext extends Schedule {
  readonly model: ModelGraph;
  readonly batchSize: number;
  /** Rows behind those of the images at the last dense layer. */
  readonly latentBatchSize: number;
  /** Batch statistics, dropout, and what gradients need; or running statistics. */
  readonly training: boolean;
  /** Of activations that the backward pass reads; those that the host reads or writes are f32 in any case. */
  readonly activationStorage: StorageType;
  /** Batch norm output -> the output of the ReLU that it computes along. */
  readonly fusedRelus: ReadonlyMap<string, string>;
}

/** Buffers for the tensors of a schedule. */
export function planBuffers({ kernels, tensors, kept, parameters }: Schedule): SharedBuffers {
  const lives = new Map<string, { first: number; last: number }>();
  const keptRoots = new Set([...kept].map((name) => tensors.root(name)));
  kernels.forEach(({ reads, writes }, at) => {
    for (const name of [...reads, ...writes]) {
      if (parameters.has(name)) continue;
      const root = tensors.root(name);
      const life = lives.get(root);
      if (life === undefined) lives.set(root, { first: at, last: at });
      else life.last = at;
    }
  });
  for (const root of keptRoots) lives.set(root, { first: 0, last: kernels.length });
  const lifetimes: Lifetime[] = [...lives].map(([name, life]) => ({ name, bytes: tensors.bytes(name), ...life }));
  return shareBuffers(lifetimes);
}
