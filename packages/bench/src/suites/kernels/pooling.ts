import {
  averagePoolingBound,
  averagePoolingGradientReference,
  averagePoolingReference,
  maxPoolingGradientReference,
  maxPoolingReference,
  type PoolingShape,
} from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { evenValues } from '../random-values.ts';
import { type Expected, exact, judgeWithin } from './judge.ts';
import { kernelCase } from './kernel-case.ts';

export const poolingPasses = ['max', 'max gradient', 'average', 'average gradient'] as const;
type PoolingPass = (typeof poolingPasses)[number];

interface PoolingSizes {
  readonly batch: number;
  /** Height and width of the images. */
  readonly size: number;
  readonly channels: number;
}

type PoolingInputs = Readonly<Record<'input' | 'outputGradient', Float32Array>>;

/** Of windows that tile the image, each pixel is in one: its gradient is no sum. */
function expectedOf(pass: PoolingPass, { input, outputGradient }: PoolingInputs, shape: PoolingShape): Expected {
  switch (pass) {
    case 'max':
      return { values: maxPoolingReference(input, shape), bound: exact };
    case 'max gradient':
      return { values: maxPoolingGradientReference(input, outputGradient, shape), bound: exact };
    case 'average': {
      const absolute = averagePoolingReference(input.map(Math.abs), shape);
      return { values: averagePoolingReference(input, shape), bound: (at) => averagePoolingBound(4, absolute[at]) };
    }
    case 'average gradient': {
      const values = averagePoolingGradientReference(outputGradient, shape);
      return { values, bound: (at) => averagePoolingBound(1, Math.abs(values[at])) };
    }
  }
}

export function poolingCase(
  pass: PoolingPass,
  { batch, size, channels }: PoolingSizes,
  context: BenchContext,
): BenchCase {
  const images = { batch, height: size, width: size, channels };
  const shape = { ...images, size: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] } as const;
  const pixels = batch * size * size * channels;
  return kernelCase(
    {
      kernel: 'pooling',
      name: `${pass}, 2 x 2 of ${batch} x ${size} x ${size} x ${channels}`,
      shape: { pass, ...images },
      flop: pixels,
      bytes: (pass === 'max gradient' ? 9 : 5) * pixels,
      inputs: (seed) => ({
        input: evenValues(pixels, seed, 60),
        outputGradient: evenValues(pixels / 4, seed, 61),
      }),
      judge: (inputs, values) => judgeWithin('every value beside float64', values, [expectedOf(pass, inputs, shape)]),
    },
    context,
  );
}

/** VGG19's first pool. */
export function poolingSuite(context: BenchContext): readonly BenchCase[] {
  const sizes = { batch: context.hasGpu ? 256 : 32, size: 32, channels: 64 };
  return poolingPasses.map((pass) => poolingCase(pass, sizes, context));
}
