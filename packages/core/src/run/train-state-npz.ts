import { DataFormatError } from '@csx/wgsl-kernels';
import type { NpyArray } from '../files/npy.ts';
import { readNpz, writeNpz } from '../files/npz.ts';
import type { TrainState } from '../training/engine.ts';
import { type ModelGraph, trainableParameters } from '../training/graph/model-graph.ts';
import type { EpochRecord } from './image-epoch.ts';

/** npz entries have no folders. */
const entryName = (kind: 'weight' | 'momentum', parameter: string) => `${kind}.${parameter.replaceAll('/', '.')}`;

/** A training state and further arrays as npz. */
export function writeTrainState(
  graph: ModelGraph,
  state: TrainState,
  more: Readonly<Record<string, NpyArray>>,
): Uint8Array {
  const arrays: Record<string, NpyArray> = { ...more };
  for (const { name, shape } of graph.parameters) {
    arrays[entryName('weight', name)] = {
      dtype: 'float32',
      shape,
      data: state.weights.get(name) as Float32Array<ArrayBuffer>,
    };
    const momentum = state.momenta.get(name);
    if (momentum !== undefined)
      arrays[entryName('momentum', name)] = { dtype: 'float32', shape, data: momentum as Float32Array<ArrayBuffer> };
  }
  return writeNpz(arrays);
}

/**
 * @param name names the file in errors
 * @throws DataFormatError if the file is not the state of this graph
 */
export function readTrainState(
  graph: ModelGraph,
  bytes: Uint8Array,
  name: string,
): { state: TrainState; arrays: ReadonlyMap<string, NpyArray> } {
  const arrays = readNpz(bytes, name);
  const take = (kind: 'weight' | 'momentum', parameter: string): [string, Float32Array] => {
    const array = arrays.get(entryName(kind, parameter));
    if (!(array?.data instanceof Float32Array)) throw new DataFormatError(`${name}: no ${kind} of ${parameter}`);
    return [parameter, array.data];
  };
  const trainable = trainableParameters(graph);
  return {
    state: {
      weights: new Map(graph.parameters.map((parameter) => take('weight', parameter.name))),
      momenta: new Map(trainable.map((parameter) => take('momentum', parameter.name))),
    },
    arrays,
  };
}

/** An array of a checkpoint that must be there. */
export function requiredArray(arrays: ReadonlyMap<string, NpyArray>, key: string, file: string): NpyArray['data'] {
  const array = arrays.get(key);
  if (array === undefined) throw new DataFormatError(`${file}: no array ${key}`);
  return array.data;
}

/** Numbers as a checkpoint's array. */
export function float64Array(values: readonly number[]): NpyArray {
  return { dtype: 'float64', shape: [values.length], data: Float64Array.from(values) };
}

/** What epochs came to, as arrays of a checkpoint. */
export function epochArrays(epochs: readonly EpochRecord[]): Record<keyof EpochRecord, NpyArray> {
  const array = (key: keyof EpochRecord) => float64Array(epochs.map((epoch) => epoch[key]));
  return { loss: array('loss'), accuracy: array('accuracy'), learningRate: array('learningRate') };
}

/** @throws DataFormatError if `epochArrays` did not go into the file */
export function readEpochs(arrays: ReadonlyMap<string, NpyArray>, file: string): EpochRecord[] {
  const take = (key: keyof EpochRecord) => requiredArray(arrays, key, file) as Float64Array;
  const [loss, accuracy, learningRate] = [take('loss'), take('accuracy'), take('learningRate')];
  return Array.from(loss, (value, i) => ({ loss: value, accuracy: accuracy[i], learningRate: learningRate[i] }));
}
