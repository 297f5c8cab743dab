import { OnnxGraphWriter } from '../../onnxruntime/onnx-writer.ts';
import type { Weights } from '../engine.ts';
import type { ModelGraph } from '../graph/model-graph.ts';
import { momentumName } from './train-model.ts';

/**
 * The state from which a training step starts, as an ONNX model without inputs: its outputs carry the names of the
 * step's inputs. (Default values of the step's own inputs would need no second file, but ONNX Runtime's JavaScript
 * packages read past inputs that have one.)
 */
export function startModel(
  model: ModelGraph,
  weights: Weights,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const writer = new OnnxGraphWriter();
  for (const { name, shape, role } of model.parameters) {
    writer.output(name, shape);
    writer.floats(weights.get(name) as Float32Array, shape, name);
    if (role === 'statistic') continue;
    writer.layer(name);
    writer.output(momentumName(name), shape);
    writer.node('ConstantOfShape', [writer.ints(shape)], {}, momentumName(name));
  }
  return writer.finish(metadata);
}
