import { InvalidInputError } from '../../errors.ts';
import { checkNoUnknown, checkSizes } from '../check-sizes.ts';

/** Images [batch, height, width, channels] and the windows that move over them. */
export interface PoolingShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** [height, width] of a window. */
  readonly size: readonly [number, number];
  /** [down, right] from one window to the next. */
  readonly stride: readonly [number, number];
  /** [top, left, bottom, right], each less than the window: padded pixels take no part. */
  readonly padding: readonly [number, number, number, number];
}

/** [height, width] of the pooled images: as many as there are windows within the padded image. */
export function pooledSize({ height, width, size, stride, padding }: PoolingShape): readonly [number, number] {
  const [top, left, bottom, right] = padding;
  return [
    Math.floor((height + top + bottom - size[0]) / stride[0]) + 1,
    Math.floor((width + left + right - size[1]) / stride[1]) + 1,
  ];
}

/** No padding: every window lies within the image. */
export function isUnpadded({ padding }: PoolingShape): boolean {
  return padding.every((pixels) => pixels === 0);
}

/** Every pixel lies in exactly one window. */
export function isTiled(shape: PoolingShape): boolean {
  const { height, width, size, stride } = shape;
  const fits = height % size[0] === 0 && width % size[1] === 0;
  return isUnpadded(shape) && fits && size[0] === stride[0] && size[1] === stride[1];
}

/** Throws InvalidInputError for shapes without a window, or with one that only covers padding. */
export function checkPooling(kernel: string, shape: PoolingShape): void {
  const { batch, height, width, channels, size, stride, padding, ...unknown } = shape;
  checkNoUnknown(kernel, unknown);
  checkSizes(kernel, { batch, height, width, channels });
  checkSizes(kernel, { 'size[0]': size[0], 'size[1]': size[1] });
  checkSizes(kernel, { 'stride[0]': stride[0], 'stride[1]': stride[1] });
  for (const [at, pixels] of padding.entries()) {
    const window = size[at % 2];
    if (!Number.isSafeInteger(pixels) || pixels < 0 || pixels >= window) {
      throw new InvalidInputError(
        `${kernel}: padding[${at}] is ${pixels}, expected a whole number >= 0 below the window's ${window}`,
      );
    }
  }
  for (const [axis, pooled] of pooledSize(shape).entries()) {
    if (pooled < 1) {
      const name = ['height', 'width'][axis];
      throw new InvalidInputError(
        `${kernel}: a window of ${size[axis]} does not fit into the ${name} ${[height, width][axis]} with its padding`,
      );
    }
  }
}
