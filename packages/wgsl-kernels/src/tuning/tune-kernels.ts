import { nearestTunables } from '../kernels/nearest/nearest.tuning.ts';
import type { Session } from '../session/session.ts';
import { sha256Hex } from '../sha256.ts';
import type { OpenedVariant, TunableCase } from './tunable.ts';

/** The fastest variant for a class of shapes. */
export interface TunedCase {
  readonly kernel: string;
  readonly shapeClass: string;
  /** The shape that was measured. */
  readonly what: string;
  readonly variant: string;
  /** Milliseconds by variant, the median; null for one that was far behind after a single run. */
  readonly medianMs: Readonly<Record<string, number | null>>;
  /** See `tunableHashes`. */
  readonly wgslHash: string;
}

export interface TuneOptions {
  /** Told what is measured next. */
  readonly progress?: (what: string) => void;
}

/** Samples of each variant: fewer where they take long together. */
const mostRounds = 7;
const leastRounds = 3;
const roundsMs = 2000;
/** A variant this many times slower than the best in its first run, compiled before, is not measured further. */
const hopeless = 4;
/** From `leastRounds` on, a variant whose best is this many times slower than the best of all is not measured further. */
const beaten = 1.5;
/** Smaller gains than this may be noise: the kernel's own choice stays. */
const leastGain = 0.05;

/** What can be tuned on a session's device. */
export function tunableCases(session: Session): readonly TunableCase[] {
  return nearestTunables(session);
}

/** A hash of the code of all variants of a case, sha256 in hexadecimal. */
async function hashOf({ variants }: TunableCase): Promise<string> {
  const text = variants.map(({ name, code }) => `${name}\n${code}\n`).join('');
  return sha256Hex(new TextEncoder().encode(text));
}

/** What can be tuned on a session's device, with the hash of its code: what was measured with other code is of no use. */
export function tunableHashes(
  session: Session,
): Promise<readonly Pick<TunedCase, 'kernel' | 'shapeClass' | 'wgslHash'>[]> {
  return Promise.all(
    tunableCases(session).map(async (one) => {
      const { kernel, shapeClass } = one;
      return { kernel, shapeClass, wgslHash: await hashOf(one) };
    }),
  );
}

type Clock = () => number;

async function timed({ run }: OpenedVariant, now: Clock): Promise<number> {
  const start = now();
  await run();
  return now() - start;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Measures the variants of one case by a clock of milliseconds. */
export async function tuneCase(one: TunableCase, now: Clock): Promise<TunedCase> {
  const { kernel, shapeClass, what, variants } = one;
  const opened: OpenedVariant[] = [];
  try {
    const first: number[] = [];
    for (const variant of variants) {
      const ready = await variant.open();
      opened.push(ready);
      // Compiles; the next one counts.
      await ready.run();
      first.push(await timed(ready, now));
    }
    const limit = hopeless * Math.min(...first);
    const roundMs = first.reduce((sum, ms) => sum + (ms <= limit ? ms : 0), 0);
    const rounds = Math.max(leastRounds, Math.min(mostRounds, Math.floor(roundsMs / roundMs)));
    const samples: number[][] = variants.map(() => []);
    const isOut = (at: number) =>
      first[at] > limit ||
      (samples[at].length >= leastRounds && Math.min(...samples[at]) > beaten * Math.min(...samples.flat()));
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < variants.length; turn++) {
        // Each round begins with another one, so that none always follows the same.
        const at = (round + turn) % variants.length;
        if (!isOut(at)) samples[at].push(await timed(opened[at], now));
      }
    }
    const medians = samples.map((times) => (times.length === 0 ? null : median(times)));
    const own = medians[0] ?? Number.POSITIVE_INFINITY;
    let best = 0;
    let bestMs = own * (1 - leastGain);
    for (const [at, ms] of medians.entries()) {
      if (ms !== null && ms < bestMs) [best, bestMs] = [at, ms];
    }
    const medianMs = Object.fromEntries(variants.map(({ name }, at) => [name, medians[at]]));
    return { kernel, shapeClass, what, variant: variants[best].name, medianMs, wgslHash: await hashOf(one) };
  } finally {
    for (const ready of opened) ready.close();
  }
}

/**
 * Measures the variants of kernels on a session's device, in turns, and gives the fastest of each class of shapes. Results
 * do not depend on the choice: only kernels whose variants give the same are tuned. A session takes the choice as
 * `variantChoice`.
 *
 * Throws the session's errors.
 */
export async function tuneKernels(session: Session, { progress }: TuneOptions = {}): Promise<readonly TunedCase[]> {
  const tuned: TunedCase[] = [];
  const cases = tunableCases(session);
  for (const [at, one] of cases.entries()) {
    progress?.(`${at + 1} of ${cases.length}: ${one.kernel}, ${one.what}`);
    tuned.push(await tuneCase(one, () => performance.now()));
  }
  return tuned;
}
