import type { Session } from '../../session/session.ts';
import type { StorageType } from '../../wgsl/stored.wgsl.ts';
import { requireBroadcastLanes } from '../broadcast-lanes.ts';
import { canSlide, filterBlock, imageBlock } from './convolution.broadcast-blocks.ts';
import { broadcastFilterWgsl, filterParams } from './convolution.broadcast-filter.wgsl.ts';
import { broadcastImageWgsl, type ImageParam, imageParams } from './convolution.broadcast-image.wgsl.ts';
import type { ConvolutionProgram, ConvolutionPrograms, ForwardStorage } from './convolution.program.ts';
import { type ConvolutionShape, convolutionOutSize, convolutionTensorSizes } from './convolution-shape.ts';
import { sumSplits } from './sum-splits.wgsl.ts';

/** Enough workgroups to keep a few threads busy to the end. */
const wantedWorkgroups = 64;
/** Pixels of a part of the batch: taking a block of the filter costs as much as some tens of them. */
const leastPixels = 512;

/** Images of each part of the batch, of which there are at most `mostParts`, each with `workgroups` workgroups. */
function imagesPerPart(batch: number, pixels: number, workgroups: number, mostParts: number): number {
  const wanted = Math.ceil(wantedWorkgroups / workgroups);
  const parts = Math.min(wanted, Math.floor((batch * pixels) / leastPixels), mostParts, batch);
  return Math.ceil(batch / Math.max(1, parts));
}

/** The values of a uniform struct of u32 and i32 in the order of its declaration. */
const inOrder = <Name extends string>(names: readonly Name[], values: Readonly<Record<Name, number>>) =>
  names.map((name) => values[name] >>> 0);

/** What the two products that add up an image differ in. */
interface ImageProduct {
  readonly label: string;
  readonly bindings: readonly string[];
  readonly sliding: { readonly right: number } | undefined;
  readonly mergeable: boolean;
  readonly bias: boolean;
  readonly storage: ForwardStorage;
  readonly params: Omit<
    Readonly<Record<ImageParam, number>>,
    'batch' | 'imagesPerPart' | 'columnBlocks' | 'kernelHeight' | 'kernelWidth'
  >;
}

function imageProgram(lanes: number, shape: ConvolutionShape, product: ImageProduct): ConvolutionProgram {
  const { batch, size } = shape;
  const { label, bindings, params, storage } = product;
  const { sourceChannels, resultChannels, sourceHeight, sourceWidth } = params;
  const { sliding, mergeable, bias } = product;
  const block = imageBlock({ lanes, sourceChannels, resultChannels, size, sliding, mergeable, bias });
  const columnBlocks = Math.ceil(resultChannels / (block.columnWidth * lanes));
  const images = imagesPerPart(batch, sourceHeight * sourceWidth, columnBlocks, batch);
  const [kernelHeight, kernelWidth] = size;
  const dispatch = {
    label,
    bindings,
    parameters: inOrder(imageParams, {
      ...params,
      batch,
      imagesPerPart: images,
      columnBlocks,
      kernelHeight,
      kernelWidth,
    }),
    workgroups: columnBlocks * Math.ceil(batch / images),
  };
  if (storage.output === 'f32' || block.onePass) {
    const code = broadcastImageWgsl(block, storage.input, storage.output);
    return { dispatches: [{ ...dispatch, code }], temporaries: {} };
  }
  // Sums that wait for the next pass in memory wait there as f32.
  const pixels = batch * params.resultHeight * params.resultWidth;
  const rounding = sumSplits(1, pixels, resultChannels, false, storage.output);
  return {
    dispatches: [
      {
        ...dispatch,
        code: broadcastImageWgsl(block, storage.input, 'f32'),
        bindings: bindings.map((name) => (name === 'output' ? 'sums' : name)),
      },
      { ...rounding, label: `${label}, rounding`, bindings: ['sums', 'output'] },
    ],
    temporaries: { sums: pixels * resultChannels * 4 },
  };
}

/** Rows and columns that go on one by one. */
const step = { down: 1, across: 1, tap: 0, top: 0, left: 0 };

type Steps = typeof step;
const stepParams = (source: Steps, result: Steps) => ({
  sourceDown: source.down,
  sourceAcross: source.across,
  sourceTap: source.tap,
  sourceTop: source.top,
  sourceLeft: source.left,
  resultDown: result.down,
  resultAcross: result.across,
  resultTap: result.tap,
  resultTop: result.top,
  resultLeft: result.left,
});

function forward(lanes: number, shape: ConvolutionShape, bias: boolean, storage: ForwardStorage): ConvolutionProgram {
  const { height, width, inChannels, outChannels, size, stride, padding } = shape;
  const [down, across] = stride;
  const [top, left, , right] = padding;
  const [resultHeight, resultWidth] = convolutionOutSize(shape);
  return imageProgram(lanes, shape, {
    label: 'convolution',
    bindings: ['input', 'filter', 'output', ...(bias ? ['bias'] : [])],
    sliding: canSlide(size[1], across, left, right) ? { right } : undefined,
    mergeable: true,
    bias,
    storage,
    params: {
      sourceHeight: height,
      sourceWidth: width,
      sourceChannels: inChannels,
      resultHeight,
      resultWidth,
      resultChannels: outChannels,
      filterBase: 0,
      filterRow: size[1] * inChannels * outChannels,
      filterTap: inChannels * outChannels,
      filterSource: outChannels,
      filterResult: 1,
      ...stepParams({ down, across, tap: 1, top, left }, step),
    },
  });
}

/**
 * Down at stride 1 it is the convolution of the output gradient with the flipped filter, each padding its complement to
 * the taps; at other strides each filter row adds to the rows of the result that it once read. Sliding taps are flipped
 * in either case.
 */
function inputGradient(lanes: number, shape: ConvolutionShape): ConvolutionProgram {
  const { height, width, inChannels, outChannels, size, stride, padding } = shape;
  const [kernelHeight, kernelWidth] = size;
  const [down, across] = stride;
  const [top, left, , right] = padding;
  const [sourceHeight, sourceWidth] = convolutionOutSize(shape);
  const sliding = canSlide(kernelWidth, across, left, right);
  const flippedRows = sliding && down === 1;
  const tap = inChannels * outChannels;
  const row = kernelWidth * tap;
  const slidingLeft = sliding ? kernelWidth - 1 - left : 0;
  return imageProgram(lanes, shape, {
    label: 'convolution, input gradient',
    bindings: ['outputGradient', 'filter', 'inputGradient'],
    sliding: sliding ? { right: kernelWidth - 1 - right } : undefined,
    mergeable: flippedRows,
    bias: false,
    storage: { input: 'f32', output: 'f32' },
    params: {
      sourceHeight,
      sourceWidth,
      sourceChannels: outChannels,
      resultHeight: height,
      resultWidth: width,
      resultChannels: inChannels,
      filterBase: (flippedRows ? (kernelHeight - 1) * row : 0) + (sliding ? (kernelWidth - 1) * tap : 0),
      filterRow: flippedRows ? -row : row,
      filterTap: sliding ? -tap : tap,
      filterSource: 1,
      filterResult: outChannels,
      ...(flippedRows
        ? stepParams({ ...step, tap: 1, top: kernelHeight - 1 - top, left: slidingLeft }, step)
        : stepParams({ ...step, left: slidingLeft }, { down, across, tap: 1, top, left })),
    },
  });
}

function filterGradient(
  lanes: number,
  shape: ConvolutionShape,
  maxBindingBytes: number,
  input: StorageType,
): ConvolutionProgram {
  const { batch, height, width, inChannels, outChannels, size, stride, padding } = shape;
  const [kernelHeight, kernelWidth] = size;
  const [down, across] = stride;
  const [top, left, , right] = padding;
  const [outHeight, outWidth] = convolutionOutSize(shape);
  const taps = canSlide(kernelWidth, across, left, right) ? kernelWidth : 1;
  const block = filterBlock({ lanes, taps, inWidth: width, inChannels, outChannels });
  const slotBlocks = Math.ceil(inChannels / (block.slotWidth * lanes));
  const columnBlocks = Math.ceil(outChannels / (block.columnWidth * lanes));
  const blocks = columnBlocks * slotBlocks * kernelHeight * (kernelWidth / taps);
  const bytes = convolutionTensorSizes(shape).filter * 4;
  const images = imagesPerPart(batch, outHeight * outWidth, blocks, Math.floor(maxBindingBytes / bytes));
  const parts = Math.ceil(batch / images);
  const workgroups = blocks * parts;
  const target = parts === 1 ? 'filterGradient' : 'partial';
  const gradient = {
    label: 'convolution, filter gradient',
    code: broadcastFilterWgsl(block, input),
    bindings: ['input', 'outputGradient', target],
    parameters: inOrder(filterParams, {
      workgroups,
      batch,
      imagesPerPart: images,
      columnBlocks,
      slotBlocks,
      inHeight: height,
      inWidth: width,
      inChannels,
      outHeight,
      outWidth,
      outChannels,
      kernelHeight,
      kernelWidth,
      down,
      across,
      top,
      left,
    }),
    workgroups,
  };
  if (parts === 1) return { dispatches: [gradient], temporaries: {} };
  const sum = sumSplits(parts, kernelHeight * kernelWidth * inChannels, outChannels, false, 'f32');
  const sumDispatch = { label: `${gradient.label}, sum`, ...sum, bindings: ['partial', 'filterGradient'] };
  return { dispatches: [gradient, sumDispatch], temporaries: { partial: parts * bytes } };
}

/**
 * The products without barriers or workgroup memory, from subgroup broadcasts and arrays of the invocation: for software
 * Vulkan. Every shape. Throws InvalidOptionError where subgroups are missing or have another size than 4 or 8.
 */
export function broadcastPrograms(session: Session): ConvolutionPrograms {
  const lanes = requireBroadcastLanes('convolution', session, 'tiled');
  return {
    forward: (shape, bias, _maxBindingBytes, storage) => forward(lanes, shape, bias, storage),
    inputGradient: (shape) => inputGradient(lanes, shape),
    filterGradient: (shape, maxBindingBytes, input) => filterGradient(lanes, shape, maxBindingBytes, input),
  };
}
