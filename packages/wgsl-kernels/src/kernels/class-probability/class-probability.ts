import type { Session } from '../../session/session.ts';
import type { Step } from '../../session/step.ts';
import { rowChunks } from '../row-chunks.ts';
import { uniformData } from '../uniform-data.ts';
import { type ClassProbabilityInput, checkLogits } from './class-probability.input.ts';
import { CLASS_PROBABILITY_WORKGROUP, classProbabilityWgsl } from './class-probability.wgsl.ts';

/** Per row, in the order of the logits. */
export interface ClassProbabilityOutput {
  /** [n]: softmax probability at the row's own class, 0 to 1. */
  readonly probability: Float32Array;
  /** [n]: own logit minus the logsumexp of the others; ranks as the probability does, without saturating. */
  readonly logOdds: Float32Array;
}

/** Existing buffers: logits f32 [n, c], labels u32 [n] (each below c), probability and logOdds f32 [n]. */
export interface ClassProbabilityIo {
  readonly n: number;
  readonly c: number;
  readonly logits: GPUBuffer;
  readonly labels: GPUBuffer;
  readonly probability: GPUBuffer;
  readonly logOdds: GPUBuffer;
}

/** The compiled kernel. */
export interface PreparedClassProbability {
  /** Records it on existing buffers; logits must be finite, within +-2^100. */
  encode(step: Step, io: ClassProbabilityIo): void;
}

export interface ClassProbability {
  prepare(): Promise<PreparedClassProbability>;
  /** Uploads, computes and reads back. */
  run(input: ClassProbabilityInput): Promise<ClassProbabilityOutput>;
}

/** What identifies the kernel in records. */
export const classProbabilitySource = { label: 'class-probability', code: classProbabilityWgsl };

/**
 * Softmax probability and log-odds at each row's own class.
 *
 * Formula, with z the logits of a row and y its label:
 *
 *     logOdds = z[y] - log(sum(others(z, y).map(exp)))
 *     probability = 1 / (1 + exp(-logOdds))
 *
 * Logits are [n, c] without unit, labels [n]; both results [n], log-odds in nats. The largest other
 * logit is taken out of the sum, so that logits hundreds apart neither overflow nor vanish; any c >= 1.
 * With c = 1 the probability is 1 and the log-odds, truly infinite, are SINGLE_CLASS_LOG_ODDS = 1024.
 *
 * Empty input (n = 0): two empty arrays.
 * Deterministic: one lane adds up a row in the order of its classes.
 * Error bound: `logOddsErrorBound` and `probabilityErrorBound`, derived there from WGSL's accuracies.
 * Throws InvalidInputError for shapes that do not fit, a label >= c, or a logit that is not finite or
 * beyond 2^100; LimitExceededError when 64 rows do not fit in one binding.
 * Source: method.md, step 5 (ranking by log-odds); Bridle 1990 (softmax).
 */
export function createClassProbability(session: Session): ClassProbability {
  const { label } = classProbabilitySource;

  async function prepare(): Promise<PreparedClassProbability> {
    const pipeline = await session.pipeline(classProbabilitySource);
    return {
      encode(step, { n, c, logits, labels, probability, logOdds }) {
        for (const { first, count } of rowChunks(label, n, c * 4, session.maxBindingBytes)) {
          const column = (buffer: GPUBuffer) => ({ buffer, offset: first * 4, size: count * 4 });
          step.dispatch({
            label,
            pipeline,
            bindings: [
              { buffer: step.uniform(uniformData([count, c]), `${label}: sizes`) },
              { buffer: logits, offset: first * c * 4, size: count * c * 4 },
              column(labels),
              column(probability),
              column(logOdds),
            ],
            workgroups: Math.ceil(count / CLASS_PROBABILITY_WORKGROUP),
          });
        }
      },
    };
  }

  return {
    prepare,
    async run(input) {
      checkLogits(label, input);
      const { data, n, d: c } = input.logits;
      if (n === 0) return { probability: new Float32Array(0), logOdds: new Float32Array(0) };
      const { encode } = await prepare();
      const [probability, logOdds] = await session.submit(label, (step) => {
        const io = {
          n,
          c,
          logits: step.upload(data, `${label}: logits`),
          labels: step.upload(input.labels, `${label}: labels`),
          probability: step.temporary(n * 4, `${label}: probability`),
          logOdds: step.temporary(n * 4, `${label}: log-odds`),
        };
        encode(step, io);
        return [
          { buffer: io.probability, bytes: n * 4 },
          { buffer: io.logOdds, bytes: n * 4 },
        ];
      });
      return { probability: new Float32Array(probability), logOdds: new Float32Array(logOdds) };
    },
  };
}
