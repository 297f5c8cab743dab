import type { ConvolutionPass } from '../worker/protocol.ts';

export interface ConvolutionSizes {
  readonly batch: number;
  /** Height and width of the images. */
  readonly size: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

export interface ConvolutionData {
  readonly input: Float32Array;
  readonly filter: Float32Array;
  readonly outputGradient: Float32Array;
}

export interface ExactSum {
  /** Products. */
  readonly count: number;
  readonly sum: number;
  /** Sum of their absolute values. */
  readonly magnitude: number;
}

/** One element of a 3 x 3 convolution with a border of zeros, or of its gradients, in float64. */
export function exactConvolutionTerms(
  { batch, size, inChannels, outChannels }: ConvolutionSizes,
  pass: ConvolutionPass,
  { input, filter, outputGradient }: ConvolutionData,
  element: number,
): ExactSum {
  let [count, sum, magnitude] = [0, 0, 0];
  const add = (a: number, b: number) => {
    count++;
    sum += a * b;
    magnitude += Math.abs(a * b);
  };
  const inside = (at: number) => at >= 0 && at < size;
  const pixel = (image: number, y: number, x: number) => (image * size + y) * size + x;
  const filterAt = (tapY: number, tapX: number, i: number, o: number) =>
    filter[((tapY * 3 + tapX) * inChannels + i) * outChannels + o];
  if (pass === 'filter gradient') {
    const o = element % outChannels;
    const i = Math.floor(element / outChannels) % inChannels;
    const tap = Math.floor(element / outChannels / inChannels);
    const [dy, dx] = [Math.floor(tap / 3) - 1, (tap % 3) - 1];
    for (let image = 0; image < batch; image++) {
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          if (!inside(y + dy) || !inside(x + dx)) continue;
          add(
            input[pixel(image, y + dy, x + dx) * inChannels + i],
            outputGradient[pixel(image, y, x) * outChannels + o],
          );
        }
      }
    }
    return { count, sum, magnitude };
  }
  const channels = pass === 'forward' ? outChannels : inChannels;
  const channel = element % channels;
  const at = Math.floor(element / channels);
  const [image, y, x] = [Math.floor(at / size / size), Math.floor(at / size) % size, at % size];
  for (let tapY = 0; tapY < 3; tapY++) {
    for (let tapX = 0; tapX < 3; tapX++) {
      // The gradient's products are the forward ones seen from the input: the taps lie the other way.
      const sign = pass === 'forward' ? 1 : -1;
      const [otherY, otherX] = [y + sign * (tapY - 1), x + sign * (tapX - 1)];
      if (!inside(otherY) || !inside(otherX)) continue;
      const other = pixel(image, otherY, otherX);
      if (pass === 'forward') {
        for (let i = 0; i < inChannels; i++) add(input[other * inChannels + i], filterAt(tapY, tapX, i, channel));
      } else {
        for (let o = 0; o < outChannels; o++) {
          add(outputGradient[other * outChannels + o], filterAt(tapY, tapX, channel, o));
        }
      }
    }
  }
  return { count, sum, magnitude };
}
