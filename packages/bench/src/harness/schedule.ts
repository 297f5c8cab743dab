import { permutation, type RandomStream } from '@csx/core';

/** How many samples a candidate gets, and how long one is at least. */
export interface SampleRule {
  /** Samples of each candidate. */
  readonly samples: number;
  /** A slow candidate gets fewer: as many as fit into `budgetMs` by its warm-up time, but at least these. */
  readonly minSamples: number;
  readonly budgetMs: number;
  /** A fast candidate runs several times a sample, so that a sample takes about this long. */
  readonly minSampleMs: number;
}

export interface SamplePlan {
  /** Runs of one sample, back to back; its time is divided by them. */
  readonly repeats: number;
  readonly samples: number;
}

const mostRepeats = 4096;

export function planSamples(warmUpMs: number, rule: SampleRule): SamplePlan {
  const repeats = Math.min(mostRepeats, Math.max(1, Math.ceil(rule.minSampleMs / warmUpMs)));
  const affordable = Math.floor(rule.budgetMs / (warmUpMs * repeats));
  const least = Math.min(rule.minSamples, rule.samples);
  return { repeats, samples: Math.min(rule.samples, Math.max(least, affordable)) };
}

/**
 * The order in which candidates take their samples: rounds in which every candidate comes once, in a random order, so
 * that a drift of the machine meets all of them. One with fewer samples than the others sits out rounds, evenly spread.
 * @param counts samples of each candidate
 * @returns candidate numbers
 */
export function drawOrder(counts: readonly number[], stream: RandomStream): readonly number[] {
  const rounds = Math.max(0, ...counts);
  const takesPart = counts.map(
    (count) => new Set(Array.from({ length: count }, (_, sample) => Math.floor(((sample + 0.5) * rounds) / count))),
  );
  const order: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const candidate of permutation(counts.length, stream)) {
      if (takesPart[candidate].has(round)) order.push(candidate);
    }
  }
  return order;
}
