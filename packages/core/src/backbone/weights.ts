import { InvalidInputError } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';
import type { Weights } from '../training/engine.ts';
import type { ModelGraph, Parameter } from '../training/graph/model-graph.ts';
import { elementCount, trainableParameters } from '../training/graph/model-graph.ts';

/** Where random numbers come from: uniform in [0, 1). */
export interface UniformSource {
  uniform(): number;
}

/**
 * Starting weights: kernels uniform within sqrt(6 / fan in) (He et al. 2015, uniform form), gammas and
 * variances one, the rest zero. Uniform, since it needs no logarithm or cosine: those differ in their last
 * bit between JavaScript engines, and a run must start from the same bits everywhere.
 * @param streamOf the random stream of a parameter, by its position
 */
export function initialWeights(graph: ModelGraph, streamOf: (parameterIndex: number) => UniformSource): Weights {
  return new Map(
    graph.parameters.map((parameter, index) => [parameter.name, initialValues(parameter, () => streamOf(index))]),
  );
}

function initialValues(parameter: Parameter, stream: () => UniformSource): Float32Array {
  const values = new Float32Array(elementCount(parameter.shape));
  if (/\/(gamma|moving_variance)$/.test(parameter.name)) return values.fill(1);
  if (parameter.role !== 'kernel') return values;
  const fanIn = elementCount(parameter.shape.slice(0, -1));
  const limit = Math.sqrt(6 / fanIn);
  const source = stream();
  return values.map(() => (source.uniform() * 2 - 1) * limit);
}

/** Momenta of zero for every trainable parameter. */
export function zeroMomenta(graph: ModelGraph): Weights {
  return new Map(trainableParameters(graph).map((p) => [p.name, new Float32Array(elementCount(p.shape))]));
}

/** Puts trained weights into the LayersModel, so that it saves and predicts. */
export function writeWeights(model: tf.LayersModel, weights: Weights): void {
  for (const layer of model.layers) {
    if (layer.weights.length === 0) continue;
    const tensors = layer.weights.map((weight) => {
      const name = parameterName(layer, weight);
      const values = weights.get(name);
      if (values?.length !== elementCount(weight.shape as number[])) {
        throw new InvalidInputError(
          `model ${model.name}: ${name} got ${values?.length ?? 'no'} values, expected ${elementCount(weight.shape as number[])}`,
        );
      }
      return tf.tensor(values, weight.shape as number[]);
    });
    layer.setWeights(tensors);
    tf.dispose(tensors);
  }
}

/** The weights of a LayersModel by parameter name. */
export async function readWeights(model: tf.LayersModel): Promise<Weights> {
  const weights = new Map<string, Float32Array>();
  for (const layer of model.layers) {
    for (const weight of layer.weights) {
      weights.set(parameterName(layer, weight), (await weight.read().data()) as Float32Array);
    }
  }
  return weights;
}

/** `layer/kernel`: tfjs appends a number to a weight's name when the name was used before. */
function parameterName(layer: tf.layers.Layer, weight: { originalName: string }): string {
  return `${layer.name}/${weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1)}`;
}
