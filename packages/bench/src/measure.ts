/** Wall-clock times of one thing, in milliseconds. */
export interface Timing {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly samples: readonly number[];
}

/** One candidate of a comparison. */
export interface Candidate {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/**
 * Times candidates in turns, so that a drift of the machine meets them all: one round to warm up, then
 * `sampleCount` counted ones.
 */
export async function measureInTurns(
  candidates: readonly Candidate[],
  sampleCount: number,
): Promise<ReadonlyMap<string, Timing>> {
  const samples = new Map(candidates.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= sampleCount; round++) {
    for (const { name, run } of candidates) {
      const start = performance.now();
      await run();
      if (round > 0) samples.get(name)?.push(performance.now() - start);
    }
  }
  return new Map([...samples].map(([name, times]) => [name, summarize(times)]));
}

export function summarize(samples: readonly number[]): Timing {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const medianMs = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { medianMs, minMs: sorted[0], maxMs: sorted[sorted.length - 1], samples };
}
