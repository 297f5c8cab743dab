import { readFileSync } from 'node:fs';
import { requestAdapter } from '@csx/core/host';
import {
  convolutionBound,
  convolutionOutSize,
  createBatchNorm,
  createSession,
  dropoutReference,
  momentumSgdReference,
  type Session,
  softmaxCrossEntropyReference,
} from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainOnImages } from '../examples/train-images.ts';
import { modelToGraph } from '../src/backbone/model-to-graph.ts';
import { initialWeights, writeWeights } from '../src/backbone/weights.ts';
import { createStream } from '../src/random/stream.ts';
import { forwardFlop, trainFlop } from '../src/training/graph/flop.ts';
import { printedFormula } from './support/printed-formula.ts';

const page = (name: string) => new URL(`../../../apps/docs/guide/${name}.md`, import.meta.url);
const printed = (before: string, names: readonly string[]) => printedFormula(page('training-step'), before, names);
const random = createStream(5, 'testData');
const uniform = (low: number, high: number) => low + (high - low) * random.uniform();

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('the page on how a step is computed prints', () => {
  it('the operations of a layer and of a step', () => {
    const layer = printed('floating-point operations, ', ['rows', 'taps', 'inputs', 'outputs']);
    const step = printed('so that a whole step takes ', ['forward', 'first']);
    const { layers } = tf;
    const graph = modelToGraph(
      tf.sequential({
        layers: [
          layers.conv2d({ inputShape: [9, 7, 3], filters: 5, kernelSize: [3, 2], padding: 'same' }),
          layers.flatten(),
          layers.dense({ units: 4 }),
        ],
      }),
    );
    const first = layer(63, 6, 3, 5);
    expect(forwardFlop(graph)).toBe(first + layer(1, 1, 315, 4));
    expect(trainFlop(graph)).toBe(step(forwardFlop(graph), first));
  });

  it('how many places a filter has', () => {
    const places = printed('as the filter has places, ', ['size', 'before', 'after', 'taps', 'stride']);
    for (const [size, before, after, taps, stride] of [
      [32, 1, 1, 3, 1],
      [32, 0, 1, 3, 2],
      [7, 2, 1, 4, 3],
    ] as const) {
      const shape = { batch: 1, inChannels: 1, outChannels: 1, height: size, width: 1 };
      const [height] = convolutionOutSize({
        ...shape,
        size: [taps, 1],
        stride: [stride, 1],
        padding: [before, 0, after, 0],
      });
      expect(places(size, before, after, taps, stride)).toBe(height);
    }
  });

  it('the bound of a sum', () => {
    const bound = printed('is within ', ['terms', 'u', 'magnitude']);
    expect(bound(4608, 2 ** -23, 31) / convolutionBound(4608, 31)).toBeCloseTo(1, 12);
  });

  it('loss, smoothed label and gradient', () => {
    const loss = printed('softmax cross-entropy of a row is ', ['total', 'z']);
    const smoothed = printed('the label becomes the distribution ', ['smoothing', 'own', 'classes']);
    const gradient = printed('the gradient of each logit is ', ['share', 'z', 'total', 'target']);
    const data = Float32Array.from({ length: 8 }, () => uniform(-3, 3));
    const labels = Uint32Array.of(2, 0);
    const logits = { data, n: 2, d: 4 };
    const totals = [0, 1].map((row) => data.subarray(row * 4, row * 4 + 4).reduce((sum, z) => sum + Math.exp(z), 0));
    const rowWeights = Float32Array.of(1, 3);
    const plain = softmaxCrossEntropyReference({ logits, labels, rowWeights });
    const rows = [0, 1].map((row) => loss(totals[row], data[row * 4 + labels[row]]));
    expect(plain.loss).toBeCloseTo((rows[0] + 3 * rows[1]) / 4, 12);
    const { logitsGradient } = softmaxCrossEntropyReference({ logits, labels, rowWeights, labelSmoothing: 0.1 });
    logitsGradient.forEach((value, at) => {
      const row = at >> 2;
      const target = smoothed(0.1, at % 4 === labels[row] ? 1 : 0, 4);
      expect(value).toBeCloseTo(gradient(rowWeights[row] / 4, data[at], totals[row], target), 12);
    });
  });

  it('the update', () => {
    const names = ['momentum', 'v', 'gradient', 'decay', 'weight', 'rate'];
    const momentumOf = printed('one dispatch: v becomes ', names);
    const weightOf = printed('then the weight becomes ', names);
    const nesterovOf = printed("or with Nesterov's momentum ", names);
    const [weight, v, gradient] = Array.from({ length: 3 }, () => Float32Array.of(uniform(-1, 1)));
    const rule = { weights: weight, momenta: v, gradients: gradient, learningRate: 0.3, momentum: 0.9 };
    for (const decayCount of [0, 1]) {
      const decay = decayCount * 0.01;
      const next = momentumOf(0.9, v[0], gradient[0], decay, weight[0], 0.3);
      for (const nesterov of [false, true]) {
        const { weights, momenta } = momentumSgdReference({ ...rule, decayCount, weightDecay: 0.01, nesterov });
        const formula = nesterov ? nesterovOf : weightOf;
        expect(momenta[0]).toBeCloseTo(next, 12);
        expect(weights[0]).toBeCloseTo(formula(0.9, next, gradient[0], decay, weight[0], 0.3), 12);
      }
    }
  });

  it('what dropout keeps is multiplied by', () => {
    const factor = printed('not dropped is multiplied by ', ['rate']);
    const kept = dropoutReference(new Float32Array(100).fill(1), 0.25, { seed: 1, stream: 2, step: 3 });
    expect(new Set(kept)).toEqual(new Set([0, factor(0.25)]));
  });
});

describe('the page on how a step is computed prints of batch norm', () => {
  const rows = 700;
  // A mean so much larger than the deviation that E[x^2] - E[x]^2 has no digit left.
  const input = Float32Array.from({ length: rows }, () => 10_000 + uniform(-1, 1));
  const mean = input.reduce((sum, x) => sum + x, 0) / rows;
  const squaresOf = (part: Float32Array) => {
    const center = part.reduce((sum, x) => sum + x, 0) / part.length;
    return { center, squares: part.reduce((sum, x) => sum + (x - center) ** 2, 0) };
  };
  const variance = squaresOf(input).squares / rows;
  const [epsilon, momentum, gamma] = [1e-3, 0.9, 1.5];
  const common = { input, rows, channels: 1, relu: false, gamma: Float32Array.of(gamma) };
  let session: Session;
  beforeAll(async () => {
    session = createSession((await requestAdapter({ kind: 'any' })).device);
  });

  it('how parts are merged', () => {
    const merged = printed('the sum of squared deviations being ', ['squaresA', 'squaresB', 'delta', 'nA', 'nB']);
    const [a, b] = [squaresOf(input.subarray(0, 200)), squaresOf(input.subarray(200))];
    const whole = merged(a.squares, b.squares, b.center - a.center, 200, 500);
    expect(whole / (rows * variance)).toBeCloseTo(1, 9);
  });

  it('what the kernel computes, also where the textbook formula fails', async () => {
    const inverseOf = printed('where inverse is ', ['variance', 'epsilon']);
    const movingOf = printed('follow as tfjs has them: ', ['momentum', 'moving', 'batch']);
    const { savedInverse, movingVariance } = await createBatchNorm(session).runTraining({
      ...common,
      beta: Float32Array.of(0),
      movingMean: Float32Array.of(0),
      movingVariance: Float32Array.of(4),
      epsilon,
      momentum,
    });
    expect(savedInverse[0] / inverseOf(variance, epsilon)).toBeCloseTo(1, 4);
    expect(movingVariance[0]).toBeCloseTo(movingOf(momentum, 4, variance), 4);
    const f32 = (values: Float32Array) => values.reduce((sum, x) => Math.fround(sum + x), 0) / rows;
    const textbook = f32(input.map((x) => x * x)) - f32(input) ** 2;
    expect(Math.abs(textbook / variance - 1)).toBeGreaterThan(1);
  });

  it('its gradient', async () => {
    const gradientOf = printed("the input's gradient is ", ['gamma', 'inverse', 'g', 'sumG', 'm', 'z', 'sumGZ']);
    const inverse = 1 / Math.sqrt(variance + epsilon);
    const g = Float32Array.from({ length: rows }, () => uniform(-1, 1));
    const { inputGradient } = await createBatchNorm(session).runGradient({
      ...common,
      output: input,
      outputGradient: g,
      savedMean: Float32Array.of(mean),
      savedInverse: Float32Array.of(inverse),
    });
    const z = Array.from(input, (x) => (x - Math.fround(mean)) * inverse);
    const sumG = g.reduce((sum, value) => sum + value, 0);
    const sumGZ = g.reduce((sum, value, i) => sum + value * z[i], 0);
    // Values of up to 4: f32 has 2^-22 of that, and the sums of 700 terms some more.
    inputGradient.forEach((value, i) => {
      expect(Math.abs(value - gradientOf(gamma, inverse, g[i], sumG, rows, z[i], sumGZ))).toBeLessThan(2e-5);
    });
  });
});

describe('the page on training', () => {
  const text = readFileSync(page('training'), 'utf8');

  it('prints the error that a layer gets', () => {
    const { layers } = tf;
    const model = tf.sequential({
      layers: [
        layers.dense({ inputShape: [4], units: 3, activation: 'tanh', name: 'scores' }),
        layers.dense({ units: 2 }),
      ],
    });
    const message = text.match(/^> (.+)$/m)?.[1];
    expect(() => modelToGraph(model)).toThrow(message);
    expect(message).toMatch(/layer scores/);
  });

  it('has an example that trains on bytes', async () => {
    const { layers } = tf;
    const model = tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [6, 6, 2], filters: 4, kernelSize: 3, activation: 'relu' }),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    });
    // tfjs draws its initial weights anew in every process.
    writeWeights(
      model,
      initialWeights(modelToGraph(model), (index) => createStream(2, 'testData', index)),
    );
    const n = 96;
    const labels = Uint8Array.from({ length: n }, (_, row) => row % 2);
    const pixels = Uint8Array.from({ length: n * 72 }, (_, at) => random.below(128) + 128 * (Math.floor(at / 72) % 2));
    const losses = await trainOnImages(model, { pixels, labels, n, height: 6, width: 6, channels: 2 }, 4);
    expect(losses).toHaveLength(4);
    expect(losses[3]).toBeLessThan(losses[0] / 4);
  });
});
