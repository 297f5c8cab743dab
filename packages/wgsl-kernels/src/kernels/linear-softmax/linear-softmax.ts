import { InvalidInputError, InvalidOptionError, LimitExceededError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import { checkFinite, checkShape } from '../check-matrix.ts';
import { checkLength, checkNoUnknown, checkSizeOptions, checkSizes, sized } from '../check-sizes.ts';
import type { MomentumSgdRule } from '../momentum-sgd/momentum-sgd.reference.ts';
import { checkMomentumRule } from '../momentum-sgd/momentum-sgd.ts';
import { checkClassOffsets, checkRowLoss } from '../softmax-cross-entropy/row-loss.ts';
import { uniformData } from '../uniform-data.ts';
import type { LinearSoftmaxInput, LinearSoftmaxOutput } from './linear-softmax.reference.ts';
import type { LinearSoftmaxShape } from './linear-softmax.shape.ts';
import { forwardWgsl, forwardWorkgroups, scratchWords, updateWgsl, updateWorkgroups } from './linear-softmax.wgsl.ts';

export interface LinearSoftmaxOptions extends MomentumSgdRule {
  readonly d: number;
  readonly classCount: number;
  readonly batchSize: number;
  /** 0 to 1; 0 unless told. */
  readonly labelSmoothing?: number | undefined;
  /** The rows are weighed by their classes; false unless told. */
  readonly classWeights?: boolean;
  /** Multiplies the logits, after their offsets; 1 unless told. */
  readonly logitScale?: number | undefined;
  /** 0 to 16, the exponent of the focal loss; 0, none, unless told. Not together with smoothing. */
  readonly focalGamma?: number | undefined;
  /** The classes come with offsets and margins; false unless told. */
  readonly classOffsets?: boolean;
  /** How the sums are shared out; 'subgroup' needs the feature and one size of 4, 8 or 16 lanes. Chosen by the adapter unless told. */
  readonly variant?: 'subgroup' | 'sliced' | undefined;
}

/** Existing buffers, and how much of them. Neither n nor steps is compiled in. */
export interface LinearSoftmaxIo {
  /** Rows of the latents. */
  readonly n: number;
  /** Steps that one `encode` records: an epoch, or a part of one. */
  readonly steps: number;
  /** [n, d] f32 */
  readonly latents: Binding;
  /** [n] u32, each below classCount */
  readonly labels: Binding;
  /** [steps * batchSize] u32: rows of the latents, each step's batch after the other */
  readonly order: Binding;
  /** [classCount] f32 >= 0, when compiled for them */
  readonly classWeights?: Binding | undefined;
  /** [2, classCount] f32: offsets and then margins, when compiled for them */
  readonly classOffsets?: Binding | undefined;
  /** [d, classCount] f32, updated */
  readonly weights: Binding;
  /** [classCount] f32, updated */
  readonly bias: Binding;
  /** [d, classCount] f32, updated */
  readonly weightMomenta: Binding;
  /** [classCount] f32, updated */
  readonly biasMomenta: Binding;
  /** A uniform buffer with one f32. */
  readonly learningRate: Binding;
  /**
   * [steps, 2] f32, of each step's batch before its update: its mean loss, NaN where it is not finite, and its correct rows
   */
  readonly totals: Binding;
}

/** The compiled kernel for one width of latents, number of classes and size of batches. */
export interface PreparedLinearSoftmax {
  encode(recorder: Recorder, io: LinearSoftmaxIo): void;
}

export interface LinearSoftmax {
  prepare(options: LinearSoftmaxOptions): Promise<PreparedLinearSoftmax>;
  /** All steps of the order; the input is left as it is. */
  run(input: LinearSoftmaxInput, variant?: LinearSoftmaxOptions['variant']): Promise<LinearSoftmaxOutput>;
}

const kernel = 'linear-softmax';
/** A multiple of it is where every device can begin a uniform binding. */
const uniformStride = 256;

function checkOptions(options: LinearSoftmaxOptions): void {
  const { d, classCount, batchSize, labelSmoothing = 0, classWeights, variant, ...more } = options;
  const { classOffsets = false, logitScale = 1, focalGamma = 0, ...rule } = more;
  const { momentum, weightDecay, nesterov, ...unknown } = rule;
  checkNoUnknown(kernel, unknown);
  checkSizeOptions(kernel, { d, classCount, batchSize });
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new InvalidOptionError(`${kernel}: labelSmoothing is ${labelSmoothing}, expected 0 to 1`);
  checkRowLoss(kernel, { classOffsets, logitScale, focalGamma }, labelSmoothing);
  checkMomentumRule(kernel, rule);
}

function checkLatentsFit(n: number, d: number, maxBindingBytes: number): void {
  if (n * d * 4 > maxBindingBytes) {
    throw new LimitExceededError(
      `${kernel}: ${n} latents of ${d} values have ${n * d * 4} bytes, a binding holds ${maxBindingBytes}`,
      { hint: `Train on at most ${Math.floor(maxBindingBytes / d / 4)} latents, or on the CPU engine.` },
    );
  }
}

/** Sizes of subgroups that the code is written out for; more would make it long. */
const subgroupSizes = [4, 8, 16];

/** The size of the device's subgroups where it is but one, and one of these; 0 elsewhere. */
function subgroupSizeOf({ device }: Session): number {
  const { subgroupMinSize = 0, subgroupMaxSize = 0 } = device.adapterInfo;
  const usable = subgroupMinSize === subgroupMaxSize && subgroupSizes.includes(subgroupMinSize);
  return device.features.has('subgroups') && usable ? subgroupMinSize : 0;
}

function shapeOf(session: Session, options: LinearSoftmaxOptions): LinearSoftmaxShape {
  const {
    d,
    classCount,
    batchSize,
    momentum,
    weightDecay,
    nesterov,
    labelSmoothing = 0,
    classWeights = false,
    classOffsets = false,
    logitScale = 1,
    focalGamma = 0,
  } = options;
  const available = subgroupSizeOf(session);
  const { variant = session.isSoftware && available > 0 ? 'subgroup' : 'sliced' } = options;
  if (variant === 'subgroup' && available === 0) {
    throw new InvalidOptionError(
      `${kernel}: variant is subgroup, but this device has no subgroups of 4, 8 or 16 lanes alone`,
    );
  }
  const subgroupSize = variant === 'subgroup' ? available : 0;
  return {
    ...{ d, classCount, batchSize, momentum, weightDecay, nesterov, labelSmoothing, classWeights, subgroupSize },
    ...{ classOffsets, logitScale, focalGamma },
  };
}

/** The shaders of one shape: the logits and their gradients, and the update by them. */
export function linearSoftmaxSources(shape: LinearSoftmaxShape) {
  const variant = shape.subgroupSize === 0 ? 'sliced' : 'subgroup';
  return [
    { label: `${kernel}: forward (${variant})`, code: forwardWgsl(shape) },
    { label: `${kernel}: update (${variant})`, code: updateWgsl(shape) },
  ] as const;
}

/**
 * Many steps of training a linear softmax classifier on latents, without leaving the GPU.
 *
 * Formula, for each step, with x the latents of its batch, and loss and gradient as of `createSoftmaxCrossEntropy` (with its
 * offsets, margins, scale and focal exponent) and the update as of `createMomentumSgd`:
 *
 *     z = x weights + bias
 *     g = gradient of the loss by z
 *     weights: gradient x^T g, decays
 *     bias: gradient sum_r g_r, does not decay
 *
 * Latents are [n, d], labels [n], weights [d, c], bias [c], the order [steps * batchSize] rows; losses and correct rows
 * [steps]. A row is correct when its first largest logit is that of its label. A step whose loss is not finite updates
 * nothing, and its loss reads NaN. n and steps are no part of the compiled code: another number of latents only records
 * again.
 *
 * Two dispatches a step, rows and columns, each over many workgroups. A single workgroup that loops over the steps would save
 * the dispatches, but has one of a GPU's 132 cores (5.2 MFLOP and twice 0.5 MB a step at d = 512, c = 10, batch 256: 25 to
 * 60 us against 10), one of a CPU's threads on software Vulkan, and runs into watchdogs; a dispatch costs 3 to 5 us.
 *
 * Empty input (run, no steps): the state as it is.
 * Deterministic on one adapter: every sum has a fixed order.
 * Error bound: `linearSoftmaxBounds`.
 * Throws InvalidOptionError (prepare: sizes, rule, smoothing, scale, exponent, variant, an unknown
 * name), InvalidInputError (run: shapes, a
 * label or row out of range, numbers that are not finite; encode: n or steps, class weights or offsets missing, or not compiled for),
 * LimitExceededError (the latents do not fit in one binding).
 * Source: method.md, step 8 (head).
 */
export function createLinearSoftmax(session: Session): LinearSoftmax {
  async function prepare(options: LinearSoftmaxOptions): Promise<PreparedLinearSoftmax> {
    checkOptions(options);
    const shape = shapeOf(session, options);
    const { d, classCount, batchSize } = options;
    const [forwardSource, updateSource] = linearSoftmaxSources(shape);
    const [forward, update] = await Promise.all([session.pipeline(forwardSource), session.pipeline(updateSource)]);
    return {
      encode(recorder, io) {
        const { n, steps } = io;
        checkSizes(kernel, { n, d });
        checkSizes(kernel, { steps, batchSize });
        checkLatentsFit(n, d, session.maxBindingBytes);
        for (const name of ['classWeights', 'classOffsets'] as const) {
          if (shape[name] === (io[name] !== undefined)) continue;
          const [is, compiled] = shape[name] ? ['missing', 'with'] : ['given', 'without'];
          throw new InvalidInputError(`${kernel}: ${name} ${is}, compiled ${compiled}`);
        }
        const stepNumbers = new Uint32Array((steps * uniformStride) / 4);
        for (let step = 0; step < steps; step++) stepNumbers[(step * uniformStride) / 4] = step;
        const numbers = recorder.uniform(stepNumbers.buffer, `${kernel}: steps`);
        const words = scratchWords(shape);
        const scratch = { buffer: recorder.temporary(words * 4, `${kernel}: scratch`), size: words * 4 };
        const latents = sized(io.latents, n * d * 4);
        const order = sized(io.order, steps * batchSize * 4);
        const weights = sized(io.weights, d * classCount * 4);
        const bias = sized(io.bias, classCount * 4);
        const rate = sized(io.learningRate, 16);
        const labels = sized(io.labels, n * 4);
        const perClass = [
          ...(io.classWeights === undefined ? [] : [sized(io.classWeights, classCount * 4)]),
          ...(io.classOffsets === undefined ? [] : [sized(io.classOffsets, classCount * 8)]),
        ];
        const weightMomenta = sized(io.weightMomenta, d * classCount * 4);
        const biasMomenta = sized(io.biasMomenta, classCount * 4);
        const totals = sized(io.totals, steps * 8);
        for (let step = 0; step < steps; step++) {
          const number = { buffer: numbers, offset: step * uniformStride, size: 16 };
          recorder.dispatch({
            label: forwardSource.label,
            pipeline: forward,
            bindings: [number, latents, labels, order, weights, bias, scratch, ...perClass],
            workgroups: forwardWorkgroups(shape),
          });
          recorder.dispatch({
            label: updateSource.label,
            pipeline: update,
            bindings: [number, rate, latents, order, scratch, weights, weightMomenta, bias, biasMomenta, totals],
            workgroups: updateWorkgroups(shape),
          });
        }
      },
    };
  }

  return {
    prepare,
    async run(input, variant) {
      checkInput(input);
      const { latents, labels, order, batchSize, classWeights, labelSmoothing, learningRate } = input;
      const { weights, bias, weightMomenta, biasMomenta, momentum, weightDecay, nesterov } = input;
      const { classOffsets, logitScale, focalGamma } = input;
      const steps = order.length / batchSize;
      if (steps === 0) {
        return {
          weights: weights.slice(),
          bias: bias.slice(),
          weightMomenta: weightMomenta.slice(),
          biasMomenta: biasMomenta.slice(),
          losses: new Float32Array(0),
          correctCounts: new Float32Array(0),
        };
      }
      const { n, d } = latents;
      const { encode } = await prepare({
        ...{ d, classCount: bias.length, batchSize, momentum, weightDecay, nesterov },
        ...{ labelSmoothing, classWeights: classWeights !== undefined, variant },
        ...{ classOffsets: classOffsets !== undefined, logitScale, focalGamma },
      });
      const results = await session.submit(kernel, (step) => {
        const upload = (data: Float32Array | Uint32Array, name: string) => ({
          buffer: step.upload(data, `${kernel}: ${name}`),
        });
        const io = {
          n,
          steps,
          latents: upload(latents.data, 'latents'),
          labels: upload(labels, 'labels'),
          order: upload(order, 'order'),
          classWeights: classWeights && upload(classWeights, 'class weights'),
          classOffsets: classOffsets && upload(classOffsets, 'class offsets'),
          weights: upload(weights, 'weights'),
          bias: upload(bias, 'bias'),
          weightMomenta: upload(weightMomenta, 'weight momenta'),
          biasMomenta: upload(biasMomenta, 'bias momenta'),
          learningRate: { buffer: step.uniform(uniformData([], [learningRate]), `${kernel}: learning rate`) },
          totals: { buffer: step.temporary(steps * 8, `${kernel}: totals`) },
        };
        encode(step, io);
        return [
          { ...io.weights, bytes: weights.byteLength },
          { ...io.bias, bytes: bias.byteLength },
          { ...io.weightMomenta, bytes: weights.byteLength },
          { ...io.biasMomenta, bytes: bias.byteLength },
          { ...io.totals, bytes: steps * 8 },
        ];
      });
      const [newWeights, newBias, newWeightMomenta, newBiasMomenta, totals] = results.map(
        (bytes) => new Float32Array(bytes),
      );
      return {
        weights: newWeights,
        bias: newBias,
        weightMomenta: newWeightMomenta,
        biasMomenta: newBiasMomenta,
        losses: totals.filter((_, at) => at % 2 === 0),
        correctCounts: totals.filter((_, at) => at % 2 === 1),
      };
    },
  };
}

function checkInput(input: LinearSoftmaxInput): void {
  const { latents, labels, order, batchSize, bias, classWeights, classOffsets, learningRate } = input;
  checkShape(kernel, 'latents', latents);
  checkFinite(kernel, 'latents', latents);
  const { n, d } = latents;
  const c = bias.length;
  if (c === 0) throw new InvalidInputError(`${kernel}: bias has no values, expected one for each class`);
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new InvalidInputError(`${kernel}: batchSize is ${batchSize}, expected a whole number >= 1`);
  checkLength(kernel, 'labels', labels, n);
  const unknown = labels.findIndex((label) => label >= c);
  if (unknown >= 0)
    throw new InvalidInputError(
      `${kernel}: label of row ${unknown} is ${labels[unknown]}, expected less than c = ${c}`,
    );
  for (const [name, size] of [
    ['weights', d * c],
    ['weightMomenta', d * c],
    ['bias', c],
    ['biasMomenta', c],
  ] as const) {
    checkLength(kernel, name, input[name], size);
    checkFinite(kernel, name, { data: input[name], n: size / c, d: c });
  }
  if (order.length % batchSize !== 0)
    throw new InvalidInputError(
      `${kernel}: order has ${order.length} rows, expected a multiple of batchSize = ${batchSize}`,
    );
  const missing = order.findIndex((row) => row >= n);
  if (missing >= 0)
    throw new InvalidInputError(`${kernel}: order[${missing}] is ${order[missing]}, expected less than n = ${n}`);
  if (!Number.isFinite(learningRate))
    throw new InvalidInputError(`${kernel}: learningRate is ${learningRate}, expected a finite number`);
  checkClassOffsets(kernel, classOffsets, c);
  if (classWeights === undefined) return;
  checkLength(kernel, 'classWeights', classWeights, c);
  const at = classWeights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (at >= 0)
    throw new InvalidInputError(`${kernel}: classWeights[${at}] is ${classWeights[at]}, expected a finite number >= 0`);
}
