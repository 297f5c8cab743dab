import { linearInvocationWgsl } from '../../wgsl/linear-invocation.wgsl.ts';
import { loadedFrom, type Stored, stored, storedArraysWgsl, vectorType, withStorage } from '../../wgsl/stored.wgsl.ts';
import { vectorWidth, workgroupSize } from '../column-sums/row-loop.wgsl.ts';
import { isTiled, isUnpadded, type PoolingShape, pooledSize } from './pooling.shape.ts';

/** Windows of at most so many pixels are written out. */
const mostWrittenOut = 16;

const groupsOf = ({ channels }: PoolingShape) => channels / vectorWidth(channels);

/** Vectors of the pooled images. */
export function pooledCount(shape: PoolingShape): number {
  const [height, width] = pooledSize(shape);
  return shape.batch * height * width * groupsOf(shape);
}

/** Vectors of the images. */
export function pixelCount(shape: PoolingShape): number {
  return shape.batch * shape.height * shape.width * groupsOf(shape);
}

const windowIsWrittenOut = (shape: PoolingShape) =>
  isUnpadded(shape) && shape.size[0] * shape.size[1] <= mostWrittenOut;

/** Declares `row`, `column`, `group` and `image` of the vector `id` of images of a height and width. */
const place = (groups: number, height: number, width: number) => /* wgsl */ `
  let group = id % ${groups}u;
  let column = i32((id / ${groups}u) % ${width}u);
  let row = i32((id / ${groups * width}u) % ${height}u);
  let image = id / ${groups * width * height}u;`;

/** The index of pixel (y, x) of the image. */
const pixelWgsl = ({ height, width, ...shape }: PoolingShape) => /* wgsl */ `
fn pixel(image: u32, y: i32, x: i32, group: u32) -> u32 {
  return ((image * ${height}u + u32(y)) * ${width}u + u32(x)) * ${groupsOf({ height, width, ...shape })}u + group;
}`;

/** Declares the pixels y0 <= y < y1, x0 <= x < x1 of the window at (`row`, `column`) that lie within the image. */
const windowBounds = ({ height, width, size, stride, padding }: PoolingShape, row: string, column: string) => `
  let y0 = max(${row} * ${stride[0]} - ${padding[0]}, 0);
  let y1 = min(${row} * ${stride[0]} - ${padding[0]} + ${size[0]}, ${height});
  let x0 = max(${column} * ${stride[1]} - ${padding[1]}, 0);
  let x1 = min(${column} * ${stride[1]} - ${padding[1]} + ${size[1]}, ${width});`;

/** Indices of a window's pixels as text, in row-major order, where it is written out. */
function windowPixels(shape: PoolingShape): readonly string[] {
  const { width, size } = shape;
  const offsets = Array.from({ length: size[0] * size[1] }, (_, at) => {
    return (Math.floor(at / size[1]) * width + (at % size[1])) * groupsOf(shape);
  });
  return offsets.map((offset) => `first + ${offset}u`);
}

/** The text for each pixel of a window, in row-major order: written out, or as a loop. */
function overWindow(shape: PoolingShape, each: (index: string) => string): string {
  if (windowIsWrittenOut(shape)) return windowPixels(shape).map(each).join('\n  ');
  return `for (var y = y0; y < y1; y++) {
    for (var x = x0; x < x1; x++) {
      ${each('pixel(image, y, x, group)')}
    }
  }`;
}

const pooledEntry = (shape: PoolingShape) => {
  const [height, width] = pooledSize(shape);
  return `${pixelWgsl(shape)}
${linearInvocationWgsl(workgroupSize)}
  if (id >= ${pooledCount(shape)}u) { return; }
  ${place(groupsOf(shape), height, width)}
  ${windowBounds(shape, 'row', 'column')}
  let first = pixel(image, y0, x0, group);`;
};

/** The largest pixel of each window: one lane a window and vector of channels. */
export function maxPoolingWgsl(shape: PoolingShape, storage: Stored): string {
  const input = loadedFrom('input', vectorWidth(shape.channels), storage);
  const code = /* wgsl */ `
${storedArraysWgsl(vectorWidth(shape.channels), ['input'], ['output'], storage)}
${pooledEntry(shape)}
  var best = ${input('first')};
  ${overWindow(shape, (index) => `best = select(best, ${input(index)}, ${input(index)} > best);`)}
  output[id] = ${stored('best', vectorWidth(shape.channels), storage.output)};
}
`;
  return withStorage(code, storage);
}

/** The mean of each window's pixels. */
export function averagePoolingWgsl(shape: PoolingShape, storage: Stored): string {
  const width = vectorWidth(shape.channels);
  const input = loadedFrom('input', vectorWidth(shape.channels), storage);
  const code = /* wgsl */ `
${storedArraysWgsl(vectorWidth(shape.channels), ['input'], ['output'], storage)}
${pooledEntry(shape)}
  var sum = ${vectorType(width)}();
  ${overWindow(shape, (index) => `sum += ${input(index)};`)}
  output[id] = ${stored('sum / f32((y1 - y0) * (x1 - x0))', width, storage.output)};
}
`;
  return withStorage(code, storage);
}

/** Where windows tile the image, one lane writes the gradient of all pixels of a window. */
function tiledMaxGradientWgsl(shape: PoolingShape, storage: Stored): string {
  const input = loadedFrom('input', vectorWidth(shape.channels), storage);
  const width = vectorWidth(shape.channels);
  const zero = `${vectorType(width)}()`;
  const number = (at: number) => (width === 4 ? `vec4u(${at}u)` : `${at}u`);
  const pixels = windowPixels(shape);
  return /* wgsl */ `
${storedArraysWgsl(vectorWidth(shape.channels), ['input', 'outputGradient'], ['inputGradient'], storage)}
${pooledEntry(shape)}
  let gradient = outputGradient[id];
  var best = ${input('first')};
  var winner = ${number(0)};
  ${pixels
    .slice(1)
    .map(
      (index, at) => `let value_${at + 1} = ${input(index)};
  winner = select(winner, ${number(at + 1)}, value_${at + 1} > best);
  best = select(best, value_${at + 1}, value_${at + 1} > best);`,
    )
    .join('\n  ')}
  ${pixels.map((index, at) => `inputGradient[${index}] = select(${zero}, gradient, winner == ${number(at)});`).join('\n  ')}
}
`;
}

/** The windows top <= window row <= bottom, left <= window column <= right that cover the pixel (`row`, `column`). */
const coveringWindows = (shape: PoolingShape) => {
  const [height, width] = pooledSize(shape);
  const { size, stride, padding } = shape;
  // The numerators are not negative, so that the division rounds down.
  const first = (at: string, axis: number) =>
    `max(${at} + ${padding[axis] + stride[axis]} - ${size[axis]}, 0) / ${stride[axis]}`;
  const last = (at: string, axis: number, count: number) =>
    `min((${at} + ${padding[axis]}) / ${stride[axis]}, ${count - 1})`;
  return /* wgsl */ `
  let top = ${first('row', 0)};
  let bottom = ${last('row', 0, height)};
  let left = ${first('column', 1)};
  let right = ${last('column', 1, width)};`;
};

/** One lane gathers the gradient of one pixel from the windows that cover it. `add` knows the window and its bounds. */
function gatherWgsl(
  shape: PoolingShape,
  storage: Stored,
  read: readonly string[],
  before: string,
  add: string,
): string {
  const [height, width] = pooledSize(shape);
  const vector = vectorType(vectorWidth(shape.channels));
  return /* wgsl */ `
${storedArraysWgsl(vectorWidth(shape.channels), read, ['inputGradient'], storage)}
${pixelWgsl(shape)}
${linearInvocationWgsl(workgroupSize)}
  if (id >= ${pixelCount(shape)}u) { return; }
  ${place(groupsOf(shape), shape.height, shape.width)}
  ${coveringWindows(shape)}
  ${before}
  var sum = ${vector}();
  for (var window_row = top; window_row <= bottom; window_row++) {
    for (var window_column = left; window_column <= right; window_column++) {
      ${windowBounds(shape, 'window_row', 'window_column')}
      let gradient = outputGradient[
        ((image * ${height}u + u32(window_row)) * ${width}u + u32(window_column)) * ${groupsOf(shape)}u + group];
      ${add}
    }
  }
  inputGradient[id] = sum;
}
`;
}

/** A pixel wins a window when it is above all earlier ones and not below later ones. */
function gatheredMaxGradientWgsl(shape: PoolingShape, storage: Stored): string {
  const input = loadedFrom('input', vectorWidth(shape.channels), storage);
  const width = vectorWidth(shape.channels);
  const vector = vectorType(width);
  const bool = width === 4 ? 'vec4<bool>' : 'bool';
  return gatherWgsl(
    shape,
    storage,
    ['input', 'outputGradient'],
    `let mine = ${input('id')};`,
    `var lost = ${bool}();
      for (var y = y0; y < y1; y++) {
        for (var x = x0; x < x1; x++) {
          let other = pixel(image, y, x, group);
          let earlier = ${bool}(other < id);
          lost = lost | (${input('other')} > mine) | (earlier & (${input('other')} == mine));
        }
      }
      sum += select(gradient, ${vector}(), lost);`,
  );
}

export function maxPoolingGradientWgsl(shape: PoolingShape, storage: Stored): string {
  const make = isTiled(shape) && windowIsWrittenOut(shape) ? tiledMaxGradientWgsl : gatheredMaxGradientWgsl;
  return withStorage(make(shape, storage), storage);
}

export function averagePoolingGradientWgsl(shape: PoolingShape): string {
  return gatherWgsl(shape, {}, ['outputGradient'], '', 'sum += gradient / f32((y1 - y0) * (x1 - x0));');
}

/** Vectors that the gradient of maximum pooling gives a lane each. */
export function maxGradientLanes(shape: PoolingShape): number {
  return isTiled(shape) && windowIsWrittenOut(shape) ? pooledCount(shape) : pixelCount(shape);
}
