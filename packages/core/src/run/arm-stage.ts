import { type LossPhase, lossAt, lossPhases } from '../method/arm-loss.ts';
import { roundNeedsLogits, runRound } from '../method/extrapolation-round.ts';
import type { ClassifierHead } from '../method/placement.ts';
import { type ArmPlan, actionAt, planArm } from '../method/schedule.ts';
import type { Weights } from '../training/engine.ts';
import { headBias, headKernel } from '../training/graph/model-graph.ts';
import { linearLogits } from '../training/linear-logits.ts';
import { type ArmState, initialArmState, readArmState, withRound, writeArmState } from './arm-state.ts';
import type { ArmName } from './config.ts';
import type { Pairing } from './pairing-stage.ts';
import type { Retraining } from './retraining.ts';
import type { RunContext } from './run-context.ts';

export interface ArmResult {
  readonly plan: ArmPlan;
  readonly state: ArmState;
}

/** A longer iteration is saved between its epochs too. */
const checkpointIntervalMs = 60_000;

const armCheckpoint = (arm: ArmName) => `checkpoint/arm-${arm}.npz`;

/** All arms, one after the other, each from its last checkpoint. Every arm gets the same number of epochs. */
export async function runArms(
  context: RunContext,
  pairing: Pairing,
  retraining: Retraining,
): Promise<Map<ArmName, ArmResult>> {
  const { config, emit } = context;
  const { arms, iterations, epochsPerIteration } = config.method;
  emit({ kind: 'stage', stage: 'arms', message: `${arms.length} arms, ${iterations} iterations each` });
  const results = new Map<ArmName, ArmResult>();
  for (const [index, arm] of arms.entries()) {
    const plan = planArm(arm, pairing.pairs, config.method);
    const losses = lossPhases(arm, {
      classCounts: pairing.prepared.classRows.map((rows) => rows.length),
      minors: pairing.sizes.minors,
      epochCount: iterations * epochsPerIteration,
      losses: config.losses,
    });
    const state = await runArm(context, { arm, index, plan, losses, pairing, retraining });
    // Nobody trains it further.
    const network = { weights: state.network.weights, momenta: new Map() };
    results.set(arm, { plan, state: { ...state, network } });
  }
  return results;
}

interface ArmWork {
  readonly arm: ArmName;
  readonly index: number;
  readonly plan: ArmPlan;
  readonly losses: readonly LossPhase[];
  readonly pairing: Pairing;
  readonly retraining: Retraining;
}

async function runArm(context: RunContext, work: ArmWork): Promise<ArmState> {
  const { config, files, checkpoint } = context;
  const { arm, retraining, pairing } = work;
  const { iterations, epochsPerIteration } = config.method;
  const file = armCheckpoint(arm);
  const saved = await files.read(file);
  let state =
    saved === undefined
      ? initialArmState(retraining.start, pairing.prepared.latents.d)
      : readArmState(retraining.graph, saved, file);
  retraining.setState(state.network);
  let savedAt = performance.now();
  while (state.epochs.length < iterations * epochsPerIteration) {
    if (state.epochs.length === state.meanMinorWeight.length * epochsPerIteration)
      state = await addRound(context, work, state);
    state = await trainEpoch(context, work, state);
    const iterationEnds = state.epochs.length % epochsPerIteration === 0;
    if (!iterationEnds && performance.now() - savedAt < checkpointIntervalMs) continue;
    state = { ...state, network: await retraining.getState() };
    await checkpoint(file, writeArmState(retraining.graph, state));
    savedAt = performance.now();
  }
  return state;
}

async function addRound(
  { config, latentOps }: RunContext,
  { plan, retraining }: ArmWork,
  before: ArmState,
): Promise<ArmState> {
  const start = performance.now();
  const iteration = before.meanMinorWeight.length;
  const needed = plan.pairs.some((pair) => actionAt(pair, iteration) !== 'none');
  const { prepared, synthetic, projectionFlop } = await retraining.startRound(before, needed);
  const { weights } = before.network;
  const round = await runRound(
    {
      plan,
      iteration,
      seed: config.seed,
      prepared,
      head: classifierHead(weights),
      logits: roundNeedsLogits(plan, iteration) ? linearLogits(prepared.latents, weights) : undefined,
      options: config.method,
    },
    latentOps,
  );
  const moved = { ...before, synthetic, projectionFlop: before.projectionFlop + projectionFlop };
  return withRound(moved, round, performance.now() - start);
}

async function trainEpoch({ config, emit }: RunContext, work: ArmWork, state: ArmState): Promise<ArmState> {
  const { arm, index, plan, losses, retraining } = work;
  const { arms, iterations, epochsPerIteration } = config.method;
  const { unit, perEpoch } = retraining.progress;
  const { synthetic } = state;
  const epoch = state.epochs.length;
  const epochCount = iterations * epochsPerIteration;
  const start = performance.now();
  const { record, flop } = await retraining.trainEpoch({
    plan,
    synthetic,
    loss: lossAt(losses, epoch),
    epoch,
    onProgress: (done, loss) =>
      emit({
        kind: 'progress',
        stage: 'arms',
        done: (index * epochCount + epoch) * perEpoch + done,
        total: arms.length * epochCount * perEpoch,
        unit,
        detail: `${arm} ${state.meanMinorWeight.length}/${iterations}, ${synthetic.latents.n} synthetic, loss ${loss.toFixed(3)}`,
      }),
  });
  return {
    ...state,
    epochs: [...state.epochs, record],
    trainingFlop: state.trainingFlop + flop,
    trainingMs: state.trainingMs + performance.now() - start,
  };
}

/** The last layer of a network, or a head alone. */
export function classifierHead(weights: Weights): ClassifierHead {
  const bias = weights.get(headBias) as Float32Array;
  const kernel = weights.get(headKernel) as Float32Array;
  return { weights: { data: kernel, n: kernel.length / bias.length, d: bias.length }, bias };
}
