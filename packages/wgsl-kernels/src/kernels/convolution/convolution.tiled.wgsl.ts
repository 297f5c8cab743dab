import type { StorageType } from '../../wgsl/stored.wgsl.ts';
import { depthSplit, type ProductSize, tileCount, tileShape } from '../matrix-product/tile-shape.ts';
import { elementFor, type TiledOperand } from '../matrix-product/tiled-operand.ts';
import { type TiledOutput, tiledProductWgsl } from '../matrix-product/tiled-product.wgsl.ts';
import type { ConvolutionProgram, ForwardStorage } from './convolution.program.ts';
import { type ConvolutionShape, convolutionOutSize, type TensorName } from './convolution-shape.ts';
import { filterTransposeOperand, type TapSubset } from './filter-transpose-operand.wgsl.ts';
import { gatheredPixelsOperand } from './gathered-pixels-operand.wgsl.ts';
import { inputTapsOperand } from './input-taps-operand.wgsl.ts';
import { matrixOperand } from './matrix-operand.wgsl.ts';
import { sumSplits } from './sum-splits.wgsl.ts';

interface Sides {
  readonly label: string;
  readonly a: TiledOperand;
  readonly b: TiledOperand;
  readonly size: ProductSize;
  readonly output: TensorName;
  readonly outputStorage: StorageType;
  readonly bias: boolean;
}

/** A product that lies in memory as it is computed, in one dispatch, or in two where its depth is split. */
function plainProduct(
  { label, a, b, size, output, outputStorage, bias }: Sides,
  maxBindingBytes: number,
): ConvolutionProgram {
  const { rows, columns } = size;
  const tile = tileShape(size);
  const split = depthSplit(size, tile, maxBindingBytes);
  const element = elementFor(columns);
  const workgroups = tileCount(size, tile) * split.count;
  const biasNames = bias ? ['bias'] : [];
  if (split.count === 1) {
    const at = (offset: number) => `bias[min(column + ${offset}u, ${columns - 1}u)]`;
    const target: TiledOutput = {
      name: output,
      element,
      storage: outputStorage,
      index: `row * ${columns}u + column`,
      ...(bias && {
        wgsl: `@group(0) @binding(3) var<storage, read> bias: array<${element}>;`,
        bias: element === 'vec4f' ? 'bias[column / 4u]' : `vec4f(${[0, 1, 2, 3].map(at).join(', ')})`,
      }),
    };
    const code = tiledProductWgsl({ a, b, output: target, size, tile, split });
    return {
      dispatches: [{ label, code, bindings: [a.name, b.name, output, ...biasNames], workgroups }],
      temporaries: {},
    };
  }
  const target: TiledOutput = {
    name: 'partial',
    element,
    storage: 'f32',
    index: `(split * ${rows}u + row) * ${columns}u + column`,
  };
  const sum = sumSplits(split.count, rows, columns, bias, outputStorage);
  return {
    dispatches: [
      {
        label,
        code: tiledProductWgsl({ a, b, output: target, size, tile, split }),
        bindings: [a.name, b.name, 'partial'],
        workgroups,
      },
      { label: `${label}, sum`, ...sum, bindings: ['partial', output, ...biasNames] },
    ],
    temporaries: { partial: split.count * rows * columns * 4 },
  };
}

/** output[pixel, out] = sum over (tap, in) of gathered input and filter. */
export function tiledForward(
  shape: ConvolutionShape,
  bias: boolean,
  maxBindingBytes: number,
  storage: ForwardStorage,
): ConvolutionProgram {
  const { batch, height, width, inChannels, outChannels, size, stride, padding } = shape;
  const grid = convolutionOutSize(shape);
  const depth = size[0] * size[1] * inChannels;
  return plainProduct(
    {
      label: 'convolution: forward, tiled',
      a: gatheredPixelsOperand({
        name: 'input',
        storage: storage.input,
        batch,
        image: [height, width],
        channels: inChannels,
        grid,
        scale: stride,
        offset: [-padding[0], -padding[1]],
        direction: 1,
        taps: size,
      }),
      b: matrixOperand('filter', depth, outChannels),
      size: { rows: batch * grid[0] * grid[1], columns: outChannels, depth },
      output: 'output',
      outputStorage: storage.output,
      bias,
    },
    maxBindingBytes,
  );
}

/** filterGradient[(tap, in), out] = sum over output pixels of the input under the tap and the output's gradient. */
export function tiledFilterGradient(
  shape: ConvolutionShape,
  maxBindingBytes: number,
  input: StorageType,
): ConvolutionProgram {
  const { batch, inChannels, outChannels, size } = shape;
  const [outHeight, outWidth] = convolutionOutSize(shape);
  const depth = batch * outHeight * outWidth;
  return plainProduct(
    {
      label: 'convolution: filter gradient, tiled',
      a: inputTapsOperand('input', shape, input),
      b: matrixOperand('outputGradient', depth, outChannels),
      size: { rows: size[0] * size[1] * inChannels, columns: outChannels, depth },
      output: 'filterGradient',
      outputStorage: 'f32',
      bias: false,
    },
    maxBindingBytes,
  );
}

/** Of the pixels first, first + stride, ... of an axis: how many there are, and which taps and outputs they meet. */
function phaseOf(first: number, length: number, stride: number, kernel: number, before: number) {
  const firstTap = (first + before) % stride;
  return {
    count: Math.ceil((length - first) / stride),
    firstTap,
    taps: Math.max(0, Math.ceil((kernel - firstTap) / stride)),
    /** The output that the first pixel meets at the first tap. */
    output: (first + before - firstTap) / stride,
  };
}

/**
 * inputGradient[pixel, in] = sum over (tap, out) of the output's gradient and the transposed filter. With a stride, only
 * taps of the same remainder as the pixel meet an output: a dispatch for each remainder leaves the others out.
 */
export function tiledInputGradient(shape: ConvolutionShape, maxBindingBytes: number): ConvolutionProgram {
  const { batch, height, width, inChannels, outChannels, size, stride, padding } = shape;
  const image = convolutionOutSize(shape);
  const dispatches: ConvolutionProgram['dispatches'][number][] = [];
  for (let y = 0; y < Math.min(stride[0], height); y++) {
    for (let x = 0; x < Math.min(stride[1], width); x++) {
      const down = phaseOf(y, height, stride[0], size[0], padding[0]);
      const across = phaseOf(x, width, stride[1], size[1], padding[1]);
      const taps = [down.taps, across.taps] as const;
      const subset: TapSubset = { first: [down.firstTap, across.firstTap], step: stride, taps };
      const sides: Sides = {
        label: 'convolution: input gradient, tiled',
        a: gatheredPixelsOperand({
          name: 'outputGradient',
          storage: 'f32',
          batch,
          image,
          channels: outChannels,
          grid: [down.count, across.count],
          scale: [1, 1],
          offset: [down.output, across.output],
          direction: -1,
          taps,
        }),
        b: filterTransposeOperand('filter', size[1], inChannels, outChannels, subset),
        size: {
          rows: batch * down.count * across.count,
          columns: inChannels,
          depth: taps[0] * taps[1] * outChannels,
        },
        output: 'inputGradient',
        outputStorage: 'f32',
        bias: false,
      };
      if (stride[0] === 1 && stride[1] === 1) return plainProduct(sides, maxBindingBytes);
      const { a, b, label } = sides;
      const tile = tileShape(sides.size);
      const place = `row % ${down.count * across.count}u`;
      const rowOf = `((row / ${down.count * across.count}u) * ${height}u + (${place}) / ${across.count}u * ${stride[0]}u + ${y}u)`;
      const columnOf = `((${place}) % ${across.count}u * ${stride[1]}u + ${x}u)`;
      const code = tiledProductWgsl({
        a,
        b,
        output: {
          name: sides.output,
          element: elementFor(inChannels),
          storage: 'f32',
          index: `(${rowOf} * ${width}u + ${columnOf}) * ${inChannels}u + column`,
        },
        size: sides.size,
        tile,
        split: { count: 1, depth: sides.size.depth },
      });
      dispatches.push({
        label: `${label}, phase ${y} ${x}`,
        code,
        bindings: [a.name, b.name, sides.output],
        workgroups: tileCount(sides.size, tile),
      });
    }
  }
  return { dispatches, temporaries: {} };
}

/** The text of the shaders for one shape, as they are compiled. */
export function tiledConvolutionSources(shape: ConvolutionShape, maxBindingBytes: number) {
  return [
    tiledForward(shape, false, maxBindingBytes, { input: 'f32', output: 'f32' }),
    tiledInputGradient(shape, maxBindingBytes),
    tiledFilterGradient(shape, maxBindingBytes, 'f32'),
  ].flatMap(({ dispatches }) => dispatches.map(({ label, code }) => ({ label, code })));
}
