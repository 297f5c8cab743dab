import type { Matrix } from '@csx/wgsl-kernels';
import type { SyntheticLatents } from '../method/extrapolation-round.ts';
import type { PreparedLatents } from '../method/prepare-latents.ts';
import type { ArmPlan } from '../method/schedule.ts';
import type { LossOptions, TrainState, Weights } from '../training/engine.ts';
import type { ModelGraph } from '../training/graph/model-graph.ts';
import type { ArmState } from './arm-state.ts';
import type { EpochRecord } from './image-epoch.ts';
import type { ProjectedPart } from './projection-stage.ts';

/** What a round of an arm starts from. */
export interface RoundStart {
  readonly prepared: PreparedLatents;
  /** Those of the rounds before, as the network sees them now. */
  readonly synthetic: SyntheticLatents;
  /** Counted operations of projecting, where it was needed. */
  readonly projectionFlop: number;
}

export interface EpochInput {
  readonly plan: ArmPlan;
  readonly synthetic: SyntheticLatents;
  readonly loss: LossOptions;
  /** Counted from 0 after the first epochs. */
  readonly epoch: number;
  /** Parts of the epoch that are done, in the unit of `progress`, and the mean loss so far. */
  readonly onProgress: (doneCount: number, loss: number) => void;
}

/** An arm's latents under its last network. */
export interface FinalLatents {
  readonly train: Matrix;
  readonly test: ProjectedPart;
  readonly synthetic: SyntheticLatents;
  /** The head before the rounds; undefined where the latents are no longer those that it saw. */
  readonly firstHead: Weights | undefined;
}

/**
 * What the arms train between their rounds: the classifier head on fixed latents, or the whole network. One is made
 * for a run, and serves one arm after the other.
 */
export interface Retraining {
  /** Of what is trained. */
  readonly graph: ModelGraph;
  /** Every arm begins with it. */
  readonly start: TrainState;
  /** How an epoch is counted out. */
  readonly progress: { readonly unit: string; readonly perEpoch: number };
  /** Takes an arm up where it is. */
  setState(state: TrainState): void;
  getState(): Promise<TrainState>;
  /** @param needed false where the round makes nothing: sample pairs may be out of date then */
  startRound(state: ArmState, needed: boolean): Promise<RoundStart>;
  /** One epoch on real and synthetic rows. */
  trainEpoch(input: EpochInput): Promise<{ readonly record: EpochRecord; readonly flop: number }>;
  finalLatents(state: ArmState, onImages: (count: number) => void): Promise<FinalLatents>;
  dispose(): Promise<void>;
}
