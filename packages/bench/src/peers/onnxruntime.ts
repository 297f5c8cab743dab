import { OnnxGraphWriter } from '@csx/core';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { ConvolutionTask, Task } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { readFloats } from '../worker/task-files.ts';
import { toChannelsFirst, toOutFirst, transpose } from './layouts.ts';
import { nearestKernelTask } from './nearest-kernel-task.ts';
import { writeFilterGradient } from './onnxruntime-filter-gradient.ts';
import { openKernel } from './onnxruntime-kernels.ts';
import { openTrainingStep } from './onnxruntime-step.ts';
import { loadOrt, type Ort, type OrtProvider, openSession } from './ort.ts';
import { packageVersion } from './package-version.ts';

/** Filter taps the other way round and channels swapped: the input's gradient is a convolution with it. */
function flippedOutFirst(filter: Float32Array, inChannels: number, outChannels: number): Float32Array {
  const swapped = transpose(filter, [3, 3, inChannels, outChannels], [2, 3, 0, 1]);
  const flipped = new Float32Array(swapped.length);
  for (let at = 0; at < swapped.length; at++) flipped[at - (at % 9) + 8 - (at % 9)] = swapped[at];
  return flipped;
}

/**
 * The convolution as a graph whose data are constants of the model: they lie where the provider keeps them, and are not
 * uploaded for every run. The images are channels last and transposed in the graph: a provider that wants channels last
 * cancels that, another one folds it into its constants. `part`: only a few values leave the device.
 */
async function convolutionModel(task: ConvolutionTask, channelsLast: boolean, part: boolean): Promise<Uint8Array> {
  const { batch, size, inChannels, outChannels, folder, pass } = task;
  const graph = new OnnxGraphWriter();
  const imageShape = (channels: number) => [batch, size, size, channels];
  const images = (name: string, values: Float32Array, channels: number) => {
    if (channelsLast) {
      return graph.node('Transpose', [graph.floats(values, imageShape(channels), name)], { perm: [0, 3, 1, 2] });
    }
    return graph.floats(toChannelsFirst(values, imageShape(channels)), [batch, channels, size, size], name);
  };
  const finish = (result: string, shape: readonly number[]) => {
    const axes = shape.map((_, axis) => axis);
    const zeros = shape.map(() => 0);
    if (part) {
      const few = shape.map((length) => Math.min(2, length));
      graph.node('Slice', [result, graph.ints(zeros), graph.ints(few), graph.ints(axes)], {}, 'result');
      graph.output('result', few);
    } else {
      graph.node('Identity', [result], {}, 'result');
      graph.output('result', shape);
    }
    return graph.finish();
  };
  const input = await readFloats(folder, 'input.f32');
  const filter = await readFloats(folder, 'filter.f32');
  const outputGradient = await readFloats(folder, 'outputGradient.f32');

  if (pass === 'filter gradient') {
    const pixels = graph.floats(input, imageShape(inChannels), 'input');
    const gradient = graph.floats(outputGradient, [batch * size * size, outChannels], 'outputGradient');
    const shape = { batch, outSize: [size, size], inChannels, kernel: [3, 3], padding: [1, 1, 1, 1] } as const;
    return finish(writeFilterGradient(graph, pixels, gradient, shape), [9 * inChannels, outChannels]);
  }
  const isForward = pass === 'forward';
  const x = isForward ? images('input', input, inChannels) : images('outputGradient', outputGradient, outChannels);
  const w = isForward
    ? graph.floats(toOutFirst(filter, [3, 3, inChannels, outChannels]), [outChannels, inChannels, 3, 3], 'filter')
    : graph.floats(flippedOutFirst(filter, inChannels, outChannels), [inChannels, outChannels, 3, 3], 'filter');
  const result = graph.node('Conv', [x, w], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  return finish(
    graph.node('Transpose', [result], { perm: [0, 2, 3, 1] }),
    imageShape(isForward ? outChannels : inChannels),
  );
}

async function openConvolution(ort: Ort, provider: OrtProvider, task: ConvolutionTask): Promise<Omit<Opened, 'about'>> {
  const open = async (part: boolean) => {
    const model = await convolutionModel(task, provider === 'webgpu', part);
    // Any level above would compute the constant result once, when the session is made.
    return openSession(ort, model, provider, task.threads, { graphOptimizationLevel: 'disabled' });
  };
  const session = await open(true);
  return {
    async check() {
      const whole = await open(false);
      const { result } = await whole.run({});
      const values = Float32Array.from(result.data as Float32Array);
      await whole.release();
      return values;
    },
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await session.run({});
    },
    close: () => session.release(),
  };
}

/** ONNX Runtime's own kernels, by one of its providers. */
export async function openOnnxRuntime(task: Task, provider: OrtProvider): Promise<Opened> {
  const ort = await loadOrt();
  const open = () => {
    if (task.kind === 'convolution') return openConvolution(ort, provider, task);
    // Our CPU engine is its other provider's step.
    if (task.kind === 'training-step' && provider === 'webgpu') return openTrainingStep(ort, task);
    if (task.kind === 'kernel') return openKernel(ort, provider, task);
    if (task.kind === 'nearest') return openKernel(ort, provider, nearestKernelTask(task));
    throw new PeerFailure('unsupported', `not asked to do a ${task.kind}`);
  };
  return {
    ...(await open()),
    about: () => ({
      versions: { 'onnxruntime-node': packageVersion('onnxruntime-node') },
      device:
        provider === 'cpu' ? `CPU, ${task.threads} threads` : 'the adapter that its own Dawn prefers, every node on it',
      wgsl: {},
    }),
  };
}
