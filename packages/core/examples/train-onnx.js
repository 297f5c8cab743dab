import { InferenceSession, Tensor } from 'onnxruntime-node';

/** Trains the exported files of a folder with ONNX Runtime alone; batches are [inputs, labels], two tensors each. */
export async function train(folder, batches, rate) {
  const [start, step] = await Promise.all(
    ['start', 'step'].map((name) => InferenceSession.create(`${folder}/${name}.onnx`)),
  );
  const learningRate = new Tensor('float32', [rate], []);
  let state = await start.run({});
  const losses = [];
  for (const [inputs, labels] of batches) {
    const outputs = await step.run({ inputs, labels, learningRate, ...state });
    state = Object.fromEntries(Object.keys(state).map((name) => [name, outputs[`next:${name}`]]));
    losses.push(outputs.loss.data[0]);
  }
  return { state, losses };
}
