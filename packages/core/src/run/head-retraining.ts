import { plainLoss } from '../method/arm-loss.ts';
import { headTrainingFlop } from '../method/cost.ts';
import type { TrainState, Weights } from '../training/engine.ts';
import { classifierHeadGraph, headBias, headKernel } from '../training/graph/model-graph.ts';
import { headStepCount, trainHeadEpoch } from './head-training.ts';
import { LossSwitch } from './loss-switch.ts';
import type { Pairing } from './pairing-stage.ts';
import type { Projection } from './projection-stage.ts';
import type { Retraining } from './retraining.ts';
import type { RunContext } from './run-context.ts';

/** The last layer of a network with momenta at zero. */
function startingHead(weights: Weights): TrainState {
  const taken = new Map([headKernel, headBias].map((name) => [name, weights.get(name) as Float32Array]));
  return {
    weights: taken,
    momenta: new Map([...taken].map(([name, values]) => [name, new Float32Array(values.length)])),
  };
}

/** The last layer alone, on latents that stay where the first epochs put them: cheap, and exact. */
export async function createHeadRetraining(
  context: RunContext,
  projection: Projection,
  pairing: Pairing,
  weights: Weights,
): Promise<Retraining> {
  const { config, engine, dataset } = context;
  const { latents } = projection.train;
  const classCount = dataset.classNames.length;
  const graph = classifierHeadGraph(latents.d, classCount);
  const batchSize = Math.min(config.head.batchSize, latents.n);
  const { momentum, weightDecay } = config.head;
  const shape = { d: latents.d, classCount, batchSize, momentum, weightDecay };
  const heads = await LossSwitch.create((loss) => engine.compileHead({ ...shape, ...loss }), plainLoss);
  const start = startingHead(weights);
  return {
    graph,
    start,
    progress: { unit: 'epochs', perEpoch: 1 },
    setState: (state) => heads.trainer.setState(state),
    getState: () => heads.trainer.getState(),
    startRound: async ({ synthetic }) => ({ prepared: pairing.prepared, synthetic, projectionFlop: 0 }),
    async trainEpoch({ synthetic, loss, epoch, onProgress }) {
      const head = await heads.use(loss);
      const record = await trainHeadEpoch(context, head, projection.train, synthetic, epoch);
      onProgress(1, record.loss);
      const steps = headStepCount(latents.n + synthetic.latents.n, batchSize);
      return { record, flop: headTrainingFlop(steps * batchSize, steps, latents.d, classCount) };
    },
    finalLatents: async ({ synthetic }) => ({
      train: latents,
      test: projection.test,
      synthetic,
      firstHead: start.weights,
    }),
    dispose: () => heads.trainer.dispose(),
  };
}
