import { loaded, type StorageType } from '../../wgsl/stored.wgsl.ts';
import { tileDepth } from '../matrix-product/tile-shape.ts';
import { eachComponent, elementFor, type TiledOperand, widthOf } from '../matrix-product/tiled-operand.ts';
import { type ConvolutionShape, convolutionOutSize } from './convolution-shape.ts';

/** A[(tap, in channel), output pixel]: the input's value that a tap of the filter meets at each output pixel. */
export function inputTapsOperand(name: string, shape: ConvolutionShape, storage: StorageType): TiledOperand {
  const { batch, height, width, inChannels, size, stride, padding } = shape;
  const [outHeight, outWidth] = convolutionOutSize(shape);
  const element = elementFor(inChannels);
  const vectors = element === 'vec4f';
  const unit = vectors ? inChannels / 4 : inChannels;
  const rows = size[0] * size[1] * inChannels;
  const depth = batch * outHeight * outWidth;
  const leavesRows = padding[0] > 0 || (outHeight - 1) * stride[0] + size[0] > height;
  const leavesColumns = padding[1] > 0 || (outWidth - 1) * stride[1] + size[1] > width;
  // One division for 4 pixels where they lie in one row of an image.
  const together = outWidth % 4 === 0;
  const integer = vectors ? 'i32' : 'vec4i';

  const inside = (at: string) => {
    const component = at === '' ? '' : `.${at}`;
    const checks = [
      ...(leavesRows ? [`u32(y${component}) < ${height}u`] : []),
      ...(leavesColumns ? [`u32(x${component}) < ${width}u`] : []),
      ...(depth % tileDepth !== 0 ? [`pixel.number < ${depth}u`] : []),
    ];
    return checks.length === 0 ? 'true' : checks.join(' && ');
  };

  return {
    name,
    element,
    storage,
    contiguous: 'side',
    wgsl: (letter) => /* wgsl */ `
// Where a tap lies from the first pixel that the filter meets, and the index of the channel; it counts ${element}.
struct Side_${letter} { y: ${integer}, x: ${integer}, index: ${integer} }

fn side_${letter}(first: u32) -> Side_${letter} {
  ${
    vectors
      ? `let row = min(first, ${rows - 4}u);`
      : `let row = min(first + vec4u(0u, 1u, 2u, 3u), vec4u(${rows - 1}u));`
  }
  let tap = row / ${inChannels}u;
  let y = ${integer}(tap / ${size[1]}u) - ${padding[0]};
  let x = ${integer}(tap % ${size[1]}u) - ${padding[1]};
  let channel = ${integer}(row % ${inChannels}u)${vectors ? ' / 4' : ''};
  return Side_${letter}(y, x, (y * ${width} + x) * ${unit} + channel);
}

// The input's pixel under the first tap of an output pixel, without padding.
struct Pixel { number: u32, y: i32, x: i32, index: i32 }

fn pixel_at(number: u32) -> Pixel {
  let place = number % ${outHeight * outWidth}u;
  let y = i32(place / ${outWidth}u) * ${stride[0]};
  let x = i32(place % ${outWidth}u) * ${stride[1]};
  let image = i32(number / ${outHeight * outWidth}u);
  return Pixel(number, y, x, ((image * ${height} + y) * ${width} + x) * ${unit});
}

fn pixel_after(pixel: Pixel, count: i32) -> Pixel {
  return Pixel(pixel.number + u32(count), pixel.y, pixel.x + count * ${stride[1]}, pixel.index + count * ${stride[1] * unit});
}

fn value_${letter}(inside: bool, index: i32) -> ${element} {
  if (inside) { return ${loaded(`${name}_values[index]`, widthOf(element), storage)}; }
  return ${vectors ? 'vec4f()' : '0f'};
}

fn column_${letter}(side: Side_${letter}, pixel: Pixel) -> vec4f {
  let y = pixel.y + side.y;
  let x = pixel.x + side.x;
  let index = pixel.index + side.index;
  return ${
    vectors
      ? `value_${letter}(${inside('')}, index)`
      : `vec4f(${eachComponent((at) => `value_${letter}(${inside(at)}, index.${at})`)})`
  };
}

fn block_${letter}(side: Side_${letter}, tile: u32, within: u32) -> mat4x4f {
  let pixel = pixel_at(tile + within);
  return mat4x4f(
    column_${letter}(side, pixel),
${[1, 2, 3]
  .map((at) =>
    together
      ? `    column_${letter}(side, pixel_after(pixel, ${at})),`
      : `    column_${letter}(side, pixel_at(tile + within + ${at}u)),`,
  )
  .join('\n')}
  );
}
`,
  };
}
