import { InvalidInputError, InvalidOptionError, LimitExceededError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import { checkNoUnknown } from '../check-sizes.ts';
import { uniformData } from '../uniform-data.ts';
import type { MomentumSgdInput, MomentumSgdRule } from './momentum-sgd.reference.ts';
import { MOMENTUM_SGD_WORKGROUP, type MomentumSgdVariant, momentumSgdWgsl } from './momentum-sgd.wgsl.ts';

export interface MomentumSgdOptions extends MomentumSgdRule {
  /** Elements of each arena. */
  readonly count: number;
  /** The first elements, which decay: the kernels. Biases, gammas and betas lie behind them. */
  readonly decayCount: number;
}

/** Existing buffers. */
export interface MomentumSgdIo {
  /** [count] f32, updated */
  readonly weights: Binding;
  /** [count] f32, updated */
  readonly momenta: Binding;
  /** [count] f32 */
  readonly gradients: Binding;
  /** A uniform buffer with one f32. */
  readonly learningRate: Binding;
  /** The loss of this step, as `createSoftmaxCrossEntropy` writes it: nothing is updated when it is not finite. */
  readonly guard?: {
    /** [slots, 4] f32. Bind it with its size. */
    readonly totals: Binding;
    /** A uniform buffer with one u32: the row of `totals` to look at. */
    readonly slot: Binding;
  };
}

/** The compiled kernel for one rule and size. */
export interface PreparedMomentumSgd {
  encode(recorder: Recorder, io: MomentumSgdIo): void;
}

export interface MomentumSgdOutput {
  /** [count] */
  readonly weights: Float32Array;
  /** [count] */
  readonly momenta: Float32Array;
}

export interface MomentumSgd {
  prepare(options: MomentumSgdOptions): Promise<PreparedMomentumSgd>;
  /** One step; the input is left as it is. */
  run(input: MomentumSgdInput): Promise<MomentumSgdOutput>;
}

const kernel = 'momentum-sgd';
/** Elements whose bytes are a multiple of 256, where every device can begin a binding. */
const alignment = 64;

/** Throws InvalidOptionError unless the rule is one. */
export function checkMomentumRule(where: string, { momentum, weightDecay, nesterov }: MomentumSgdRule): void {
  if (!(momentum >= 0 && momentum < 1))
    throw new InvalidOptionError(`${where}: momentum is ${momentum}, expected at least 0 and below 1`);
  if (!(weightDecay >= 0 && weightDecay < Number.POSITIVE_INFINITY))
    throw new InvalidOptionError(`${where}: weightDecay is ${weightDecay}, expected a finite number >= 0`);
  if (typeof nesterov !== 'boolean')
    throw new InvalidOptionError(`${where}: nesterov is ${nesterov}, expected true or false`);
}

function checkOptions(options: MomentumSgdOptions): void {
  const { count, decayCount, momentum, weightDecay, nesterov, ...unknown } = options;
  checkNoUnknown(kernel, unknown);
  if (!Number.isSafeInteger(count) || count < 0)
    throw new InvalidOptionError(`${kernel}: count is ${count}, expected a whole number >= 0`);
  if (!Number.isSafeInteger(decayCount) || decayCount < 0 || decayCount > count)
    throw new InvalidOptionError(
      `${kernel}: decayCount is ${decayCount}, expected a whole number up to count = ${count}`,
    );
  checkMomentumRule(kernel, options);
}

/** The shader of one variant. */
export function momentumSgdSource(variant: MomentumSgdVariant) {
  return { label: kernel, code: momentumSgdWgsl(variant) };
}

/**
 * One step of gradient descent with momentum, over all parameters at once.
 *
 * Formula, for every element, with decay = weightDecay for the first decayCount elements and 0 for the others:
 *
 *     g = gradient + decay * weight
 *     v = momentum * v + g
 *     weight = weight - learningRate * v
 *     weight = weight - learningRate * (g + momentum * v)      (nesterov)
 *
 * Weights, momenta v and gradients are [count] f32 each, in arenas that hold all tensors one after the other. With a
 * `guard`, a step whose loss is not finite changes nothing, so that the last good weights outlive it.
 *
 * Empty input (count = 0): nothing happens.
 * Deterministic on one adapter. An arena beyond one binding is updated in pieces.
 * Error bound: `momentumSgdBounds`.
 * Throws InvalidOptionError (prepare: sizes, momentum outside [0, 1), weight decay below 0, an unknown name),
 * InvalidInputError (run: lengths that differ, a learning rate that is not finite), LimitExceededError (a binding that
 * holds fewer than 64 elements).
 * Source: Polyak 1964; Nesterov's step as in Sutskever et al. 2013, written like torch's SGD (dampening 0).
 */
export function createMomentumSgd(session: Session): MomentumSgd {
  async function prepare(options: MomentumSgdOptions): Promise<PreparedMomentumSgd> {
    checkOptions(options);
    const { count, decayCount, momentum, weightDecay, nesterov } = options;
    const width = count % 4 === 0 ? 4 : 1;
    const most = Math.floor(session.maxBindingBytes / 4 / alignment) * alignment;
    if (most === 0 && count * 4 > session.maxBindingBytes) {
      throw new LimitExceededError(
        `${kernel}: ${alignment} elements do not fit into a binding of ${session.maxBindingBytes} bytes`,
      );
    }
    const pieceSize = most === 0 ? count : most;
    const rule = { momentum, weightDecay, nesterov, width } as const;
    const [plain, guarded] = await Promise.all([
      session.pipeline(momentumSgdSource({ ...rule, guarded: false })),
      session.pipeline(momentumSgdSource({ ...rule, guarded: true })),
    ]);
    return {
      encode(recorder, { weights, momenta, gradients, learningRate, guard }) {
        for (let first = 0; first < count; first += pieceSize) {
          const size = Math.min(pieceSize, count - first);
          const piece = ({ buffer, offset = 0 }: Binding) => ({ buffer, offset: offset + first * 4, size: size * 4 });
          const decaying = Math.min(size, Math.max(0, decayCount - first));
          recorder.dispatch({
            label: kernel,
            pipeline: guard === undefined ? plain : guarded,
            bindings: [
              { buffer: recorder.uniform(uniformData([size, decaying]), `${kernel}: sizes`), size: 16 },
              { ...learningRate, size: 16 },
              piece(weights),
              piece(momenta),
              piece(gradients),
              ...(guard === undefined ? [] : [guard.totals, { ...guard.slot, size: 16 }]),
            ],
            workgroups: Math.ceil(size / width / MOMENTUM_SGD_WORKGROUP),
          });
        }
      },
    };
  }

  return {
    prepare,
    async run({ weights, momenta, gradients, learningRate, ...rule }) {
      const count = weights.length;
      for (const [name, { length }] of Object.entries({ momenta, gradients })) {
        if (length !== count)
          throw new InvalidInputError(`${kernel}: ${length} ${name}, expected as many as weights, ${count}`);
      }
      if (!Number.isFinite(learningRate))
        throw new InvalidInputError(`${kernel}: learningRate is ${learningRate}, expected a finite number`);
      const { encode } = await prepare({ count, ...rule });
      if (count === 0) return { weights: new Float32Array(0), momenta: new Float32Array(0) };
      const [nextWeights, nextMomenta] = await session.submit(kernel, (step) => {
        const io = {
          weights: { buffer: step.upload(weights, `${kernel}: weights`) },
          momenta: { buffer: step.upload(momenta, `${kernel}: momenta`) },
          gradients: { buffer: step.upload(gradients, `${kernel}: gradients`) },
          learningRate: { buffer: step.uniform(uniformData([], [learningRate]), `${kernel}: learning rate`) },
        };
        encode(step, io);
        return [io.weights, io.momenta].map(({ buffer }) => ({ buffer, bytes: count * 4 }));
      });
      return { weights: new Float32Array(nextWeights), momenta: new Float32Array(nextMomenta) };
    },
  };
}
