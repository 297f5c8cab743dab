import { headTrainingFlop } from '../method/cost.ts';
import { roundNeedsLogits, runRound } from '../method/extrapolation-round.ts';
import type { ClassifierHead } from '../method/placement.ts';
import { type ArmPlan, planArm } from '../method/schedule.ts';
import type { TrainState, TrainStep, Weights } from '../training/engine.ts';
import { classifierHeadGraph, headBias, headKernel, type ModelGraph } from '../training/graph/model-graph.ts';
import { linearLogits } from '../training/linear-logits.ts';
import { type ArmState, initialArmState, readArmState, withRound, writeArmState } from './arm-state.ts';
import type { ArmName } from './config.ts';
import { headStepCount, trainHeadEpoch } from './head-training.ts';
import type { Pairing } from './pairing-stage.ts';
import type { Projection } from './projection-stage.ts';
import type { RunContext } from './run-context.ts';

export interface ArmResult {
  readonly plan: ArmPlan;
  readonly state: ArmState;
}

export const armCheckpoint = (arm: ArmName) => `checkpoint/arm-${arm}.npz`;

/** The head that all arms start from, with momenta at zero. */
export function startingHead(weights: Weights): TrainState {
  const taken = new Map([headKernel, headBias].map((name) => [name, weights.get(name) as Float32Array]));
  return {
    weights: taken,
    momenta: new Map([...taken].map(([name, values]) => [name, new Float32Array(values.length)])),
  };
}

/** All arms, one after the other, each from its last checkpoint. Every arm gets the same number of epochs. */
export async function runArms(
  context: RunContext,
  projection: Projection,
  pairing: Pairing,
  start: TrainState,
): Promise<Map<ArmName, ArmResult>> {
  const { config, engine, emit } = context;
  const { latents } = projection.train;
  const graph = classifierHeadGraph(latents.d, context.dataset.classNames.length);
  const batchSize = Math.min(config.head.batchSize, latents.n);
  const { momentum, weightDecay } = config.head;
  emit({
    kind: 'stage',
    stage: 'arms',
    message: `${config.method.arms.length} arms, ${config.method.iterations} iterations each`,
  });
  const step = await engine.compileTrainStep(graph, { batchSize, momentum, weightDecay });
  const results = new Map<ArmName, ArmResult>();
  try {
    for (const [index, arm] of config.method.arms.entries()) {
      const plan = planArm(arm, pairing.pairs, config.method);
      results.set(arm, {
        plan,
        state: await runArm(context, { arm, index, plan, graph, step, projection, pairing, start }),
      });
    }
  } finally {
    await step.dispose();
  }
  return results;
}

interface ArmWork {
  readonly arm: ArmName;
  readonly index: number;
  readonly plan: ArmPlan;
  readonly graph: ModelGraph;
  readonly step: TrainStep;
  readonly projection: Projection;
  readonly pairing: Pairing;
  readonly start: TrainState;
}

async function runArm(context: RunContext, work: ArmWork): Promise<ArmState> {
  const { config, files, emit } = context;
  const { arm, graph, step, projection, start } = work;
  const file = armCheckpoint(arm);
  const saved = await files.read(file);
  let state =
    saved === undefined ? initialArmState(start, projection.train.latents.d) : readArmState(graph, saved, file);
  step.setState(state.head);
  const { iterations, arms } = config.method;
  while (state.iteration < iterations) {
    state = await runIteration(context, work, state);
    await files.write(file, writeArmState(graph, state));
    emit({
      kind: 'progress',
      stage: 'arms',
      done: work.index * iterations + state.iteration,
      total: arms.length * iterations,
      unit: 'iterations',
      detail: `${arm} ${state.iteration}/${iterations}, ${state.synthetic.latents.n} synthetic, loss ${state.loss.at(-1)?.toFixed(3)}`,
    });
  }
  return state;
}

async function runIteration(context: RunContext, work: ArmWork, before: ArmState): Promise<ArmState> {
  const { config, latentOps } = context;
  const { plan, step, projection, pairing } = work;
  const { iteration } = before;
  const { epochsPerIteration } = config.method;
  const start = performance.now();
  const head = before.head.weights;
  const round = await runRound(
    {
      plan,
      iteration,
      seed: config.seed,
      prepared: pairing.prepared,
      head: classifierHead(head),
      logits: roundNeedsLogits(plan, iteration) ? linearLogits(projection.train.latents, head) : undefined,
      options: config.method,
    },
    latentOps,
  );
  const state = withRound(before, round, performance.now() - start);
  const trainingStart = performance.now();
  let loss = 0;
  for (let i = 0; i < epochsPerIteration; i++) {
    loss = await trainHeadEpoch(context, step, projection.train, state.synthetic, iteration * epochsPerIteration + i);
  }
  const { latents } = projection.train;
  const steps = epochsPerIteration * headStepCount(latents.n + state.synthetic.latents.n, step.batchSize);
  return {
    ...state,
    head: await step.getState(),
    iteration: iteration + 1,
    loss: [...state.loss, loss],
    trainingFlop:
      state.trainingFlop +
      headTrainingFlop(steps * step.batchSize, steps, latents.d, context.dataset.classNames.length),
    trainingMs: state.trainingMs + performance.now() - trainingStart,
  };
}

export function classifierHead(weights: Weights): ClassifierHead {
  const bias = weights.get(headBias) as Float32Array;
  const kernel = weights.get(headKernel) as Float32Array;
  return { weights: { data: kernel, n: kernel.length / bias.length, d: bias.length }, bias };
}
