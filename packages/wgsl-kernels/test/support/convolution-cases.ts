import type { ConvolutionShape } from '../../src/index.ts';
import { type ConvolutionVariant, convolutionVariants } from '../../src/kernels/convolution/convolution.variants.ts';
import { convolutionTensorSizes } from '../../src/kernels/convolution/convolution-shape.ts';
import { uniform } from './cases.ts';

/** [batch, height, width, in, out], kernel, stride, padding */
type Case = readonly [
  readonly [number, number, number, number, number],
  readonly [number, number],
  readonly [number, number],
  readonly [number, number, number, number],
];

export const variants = Object.keys(convolutionVariants) as ConvolutionVariant[];

/** Small convolutions, named by what they are there for. */
const cases: Readonly<Record<string, Case>> = {
  'one pixel, one channel': [
    [1, 1, 1, 1, 1],
    [3, 3],
    [1, 1],
    [1, 1, 1, 1],
  ],
  'images of three channels': [
    [3, 5, 7, 3, 16],
    [3, 3],
    [1, 1],
    [1, 1, 1, 1],
  ],
  'no channels in fours, pixels of several images in a block': [
    [5, 2, 2, 33, 33],
    [3, 3],
    [1, 1],
    [1, 1, 1, 1],
  ],
  'more pixels than a tile, stride 2': [
    [1, 33, 31, 3, 4],
    [3, 3],
    [2, 2],
    [1, 1, 1, 1],
  ],
  'five taps down, uneven padding': [
    [2, 10, 9, 4, 16],
    [5, 3],
    [1, 1],
    [2, 0, 1, 3],
  ],
  'stride 2 down only, uneven padding': [
    [2, 11, 6, 16, 4],
    [5, 3],
    [2, 1],
    [0, 2, 3, 0],
  ],
  'one tap with padding': [
    [2, 7, 7, 4, 4],
    [1, 1],
    [1, 1],
    [2, 1, 0, 3],
  ],
  'pixels that no tap meets': [
    [4, 5, 6, 16, 33],
    [1, 1],
    [2, 2],
    [0, 0, 0, 0],
  ],
  'long sums, a tap in several tiles': [
    [3, 16, 12, 64, 64],
    [3, 3],
    [1, 1],
    [1, 1, 1, 1],
  ],
  'the largest tiles, with overhang': [
    [2, 9, 7, 120, 124],
    [1, 1],
    [1, 1],
    [0, 0, 0, 0],
  ],
};

export const convolutionCases: readonly (readonly [string, ConvolutionShape])[] = Object.entries(cases).map(
  ([name, [[batch, height, width, inChannels, outChannels], size, stride, padding]]) => [
    name,
    { batch, height, width, inChannels, outChannels, size, stride, padding },
  ],
);

// Scalars and vectors, each tile, one and several taps in a tile, split sums, several and empty remainders of a stride.
const throughTiles = [
  'images of three channels',
  'no channels in fours, pixels of several images in a block',
  'rows that no tap meets, uneven padding',
  'long sums, a tap in several tiles',
  'the largest tiles, with overhang',
];

/** Of the tiled code, of which each case takes software Vulkan seconds to compile, those that take every way through it. */
export const convolutionCasesOf = (variant: ConvolutionVariant) =>
  variant === 'tiled' ? convolutionCases.filter(([name]) => throughTiles.includes(name)) : convolutionCases;

/** One of them, for tests that need only one. */
export const convolutionCase: ConvolutionShape = convolutionCases[4][1];

/** Values in [-1, 1) for every tensor that a convolution or a gradient reads. */
export function makeConvolutionData(shape: ConvolutionShape) {
  const sizes = convolutionTensorSizes(shape);
  const make = (count: number, seed: number) => uniform(count, seed).map((value) => 2 * value - 1);
  return {
    input: make(sizes.input, 1),
    filter: make(sizes.filter, 2),
    bias: make(sizes.bias, 3),
    outputGradient: make(sizes.output, 4),
  };
}
