import type { NpyArray } from '../files/npy.ts';
import type { RoundResult, SyntheticLatents } from '../method/extrapolation-round.ts';
import type { TrainState } from '../training/engine.ts';
import type { ModelGraph } from '../training/graph/model-graph.ts';
import type { EpochRecord } from './image-epoch.ts';
import {
  epochArrays,
  float64Array,
  readEpochs,
  readTrainState,
  requiredArray,
  writeTrainState,
} from './train-state-npz.ts';

/** Everything an arm has made so far: what its checkpoint holds. */
export interface ArmState {
  /** What the arm trains: its classifier head, or the whole network. */
  readonly network: TrainState;
  /** As the network at the last round saw them. */
  readonly synthetic: SyntheticLatents;
  /** Done after the first epochs, which all arms share. */
  readonly epochs: readonly EpochRecord[];
  /** Mean P of each round's new latents, NaN where there were none: as many as there were rounds. */
  readonly meanMinorWeight: readonly number[];
  readonly clippedCount: number;
  readonly rankingFlop: number;
  readonly placementFlop: number;
  readonly projectionFlop: number;
  readonly trainingFlop: number;
  readonly latentOpsMs: number;
  readonly trainingMs: number;
}

const numbers = [
  'clippedCount',
  'rankingFlop',
  'placementFlop',
  'projectionFlop',
  'trainingFlop',
  'latentOpsMs',
  'trainingMs',
] as const;

export function initialArmState(network: TrainState, d: number): ArmState {
  const none = new Uint32Array(0);
  return {
    network,
    synthetic: {
      latents: { data: new Float32Array(0), n: 0, d },
      labels: none,
      minorRows: none,
      majorRows: none,
      minorWeights: new Float32Array(0),
      pairIndices: none,
      iterations: none,
    },
    epochs: [],
    meanMinorWeight: [],
    clippedCount: 0,
    rankingFlop: 0,
    placementFlop: 0,
    projectionFlop: 0,
    trainingFlop: 0,
    latentOpsMs: 0,
    trainingMs: 0,
  };
}

/** The state after a round, before its training. */
export function withRound(state: ArmState, round: RoundResult, ms: number): ArmState {
  const { minorWeights } = round.synthetic;
  const sum = minorWeights.reduce((total, weight) => total + weight, 0);
  return {
    ...state,
    synthetic: append(state.synthetic, round.synthetic),
    meanMinorWeight: [...state.meanMinorWeight, sum / minorWeights.length],
    clippedCount: state.clippedCount + round.clippedCount,
    rankingFlop: state.rankingFlop + round.cost.rankingFlop,
    placementFlop: state.placementFlop + round.cost.placementFlop,
    latentOpsMs: state.latentOpsMs + ms,
  };
}

function append(a: SyntheticLatents, b: SyntheticLatents): SyntheticLatents {
  return {
    latents: { data: join(a.latents.data, b.latents.data), n: a.latents.n + b.latents.n, d: a.latents.d },
    labels: join(a.labels, b.labels),
    minorRows: join(a.minorRows, b.minorRows),
    majorRows: join(a.majorRows, b.majorRows),
    minorWeights: join(a.minorWeights, b.minorWeights),
    pairIndices: join(a.pairIndices, b.pairIndices),
    iterations: join(a.iterations, b.iterations),
  };
}

function join<T extends Float32Array | Uint32Array>(a: T, b: T): T {
  const joined = new (a.constructor as new (length: number) => T)(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** Synthetic latents and the origin of every row, as npz arrays. Parents are training rows, numbered as `train` in latents.npz. */
export function syntheticArrays(synthetic: SyntheticLatents): Record<string, NpyArray> {
  const { latents } = synthetic;
  const rows = (data: Uint32Array): NpyArray => ({
    dtype: 'uint32',
    shape: [data.length],
    data: data as Uint32Array<ArrayBuffer>,
  });
  return {
    latents: { dtype: 'float32', shape: [latents.n, latents.d], data: latents.data as Float32Array<ArrayBuffer> },
    labels: rows(synthetic.labels),
    minorRows: rows(synthetic.minorRows),
    majorRows: rows(synthetic.majorRows),
    minorWeights: {
      dtype: 'float32',
      shape: [latents.n],
      data: synthetic.minorWeights as Float32Array<ArrayBuffer>,
    },
    pairIndices: rows(synthetic.pairIndices),
    iterations: rows(synthetic.iterations),
  };
}

export function writeArmState(graph: ModelGraph, state: ArmState): Uint8Array {
  return writeTrainState(graph, state.network, {
    ...syntheticArrays(state.synthetic),
    ...epochArrays(state.epochs),
    meanMinorWeight: float64Array(state.meanMinorWeight),
    ...Object.fromEntries(numbers.map((name) => [name, float64Array([state[name]])])),
  });
}

/** @throws DataFormatError if the file is no arm's checkpoint */
export function readArmState(graph: ModelGraph, bytes: Uint8Array, file: string): ArmState {
  const { state: network, arrays } = readTrainState(graph, bytes, file);
  const floats = (name: string) => requiredArray(arrays, name, file) as Float32Array;
  const ints = (name: string) => requiredArray(arrays, name, file) as Uint32Array;
  const list = (name: string) => Array.from(requiredArray(arrays, name, file) as Float64Array);
  const [n = 0, d = 0] = arrays.get('latents')?.shape ?? [];
  const scalars = Object.fromEntries(numbers.map((name) => [name, list(name)[0]])) as Record<
    (typeof numbers)[number],
    number
  >;
  return {
    network,
    synthetic: {
      latents: { data: floats('latents'), n, d },
      labels: ints('labels'),
      minorRows: ints('minorRows'),
      majorRows: ints('majorRows'),
      minorWeights: floats('minorWeights'),
      pairIndices: ints('pairIndices'),
      iterations: ints('iterations'),
    },
    epochs: readEpochs(arrays, file),
    meanMinorWeight: list('meanMinorWeight'),
    ...scalars,
  };
}
