import { createStream } from '@csx/core';
import { type ConvolutionPass, type ConvolutionTask, convolutionPasses } from '../worker/protocol.ts';
import { writeArray } from '../worker/task-files.ts';
import type { BenchCase, BenchContext, Judgement } from './bench-case.ts';
import { type ConvolutionData, type ConvolutionSizes, exactConvolutionTerms } from './exact-convolution.ts';
import { normalValues } from './random-values.ts';
import { randomWalkBound } from './random-walk-bound.ts';

/** The different convolutions of VGG19 at 32 x 32 pixels, in order: [size, in, out]. */
const vgg19Layers = [
  [32, 3, 64],
  [32, 64, 64],
  [16, 64, 128],
  [16, 128, 128],
  [8, 128, 256],
  [8, 256, 256],
  [4, 256, 512],
  [4, 512, 512],
  [2, 512, 512],
] as const;

const elements = { forward: 'output', 'input gradient': 'input', 'filter gradient': 'filter' } as const;

function tensorSizes({ batch, size, inChannels, outChannels }: ConvolutionSizes) {
  return {
    input: batch * size * size * inChannels,
    filter: 9 * inChannels * outChannels,
    output: batch * size * size * outChannels,
  };
}

/** Elements of a result that are computed anew in float64. */
const judgedCount = 400;
/** Compares elements drawn at random with float64. The error is a share of its bound, `randomWalkBound`. */
function judgeConvolution(
  sizes: ConvolutionSizes,
  pass: ConvolutionPass,
  data: ConvolutionData,
  values: Float32Array,
  seed: number,
): Judgement {
  const what = `${judgedCount} elements beside float64, as a share of 8 sqrt(K + 1) 2^-23 sum |a b| (K products each)`;
  const length = tensorSizes(sizes)[elements[pass]];
  if (values.length !== length)
    return { what: `${values.length} values, expected ${length}`, error: Infinity, bound: 1 };
  const stream = createStream(seed, 'testData', 9);
  let error = 0;
  for (let i = 0; i < judgedCount; i++) {
    const at = stream.below(length);
    const { count, sum, magnitude } = exactConvolutionTerms(sizes, pass, data, at);
    const bound = randomWalkBound(count, magnitude);
    // NaN stays NaN, and is no less than any bound.
    error = Math.max(error, Math.abs(values[at] - sum) / bound);
  }
  return { what, error, bound: 1 };
}

export function convolutionCase(sizes: ConvolutionSizes, pass: ConvolutionPass, context: BenchContext): BenchCase {
  const { batch, size, inChannels, outChannels } = sizes;
  const lengths = tensorSizes(sizes);
  return {
    suite: 'training-convolution',
    name: `${pass}, ${inChannels} to ${outChannels} channels, ${size} x ${size}, batch ${batch}`,
    what: 'one convolution of data that lies on the device; the result stays there',
    shape: { pass, batch, height: size, width: size, inChannels, outChannels, filter: '3 x 3', stride: 1 },
    flop: 2 * 9 * inChannels * lengths.output,
    bytes: 4 * (lengths.input + lengths.filter + lengths.output),
    candidates: ['csx-gpu', 'jax-js', 'onnxruntime-webgpu', 'tfjs-webgpu', 'onnxruntime-cpu'],
    baseline: 'csx-gpu',
    async prepare(folder) {
      const { seed } = context;
      const data = {
        input: normalValues(lengths.input, seed, 0),
        filter: normalValues(lengths.filter, seed, 1),
        outputGradient: normalValues(lengths.output, seed, 2),
      };
      for (const [name, values] of Object.entries(data)) await writeArray(folder, `${name}.f32`, values);
      const { adapter, threads } = context;
      const task: ConvolutionTask = { kind: 'convolution', folder, adapter, threads, pass, ...sizes };
      return { task, judge: (values) => judgeConvolution(sizes, pass, data, values, seed) };
    },
  };
}

/** VGG19's convolutions and their gradients; nothing needs the gradient by the images. */
export function convolutionSuite(context: BenchContext): readonly BenchCase[] {
  return vgg19Layers.flatMap(([size, inChannels, outChannels]) =>
    convolutionPasses
      .filter((pass) => !(pass === 'input gradient' && inChannels === 3))
      .map((pass) => convolutionCase({ batch: 32, size, inChannels, outChannels }, pass, context)),
  );
}
