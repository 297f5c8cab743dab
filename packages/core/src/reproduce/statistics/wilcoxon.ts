/** The Wilcoxon signed-rank test of paired differences, exactly. */
export interface SignedRankTest {
  /** Differences other than 0; the others say nothing about a direction and are left out. */
  readonly n: number;
  /** Sum of the ranks of the positive differences. */
  readonly positiveRanks: number;
  /** P(W >= positiveRanks) if every sign is as likely as its opposite: small where differences are above 0. */
  readonly greater: number;
  /** P(W <= positiveRanks): small where differences are below 0. */
  readonly less: number;
  /** Twice the smaller of the two, at most 1. */
  readonly twoSided: number;
}

/**
 * Ranks the differences by size (equal ones share their mean rank) and counts, over all 2^n signs, how many give a
 * rank sum as large (small) as the one seen: no approximation, and right with ties. Takes n^2 steps per difference.
 *
 * No differences but 0 give probabilities of 1.
 */
export function signedRankTest(differences: readonly number[]): SignedRankTest {
  const kept = differences.filter((value) => value !== 0);
  const doubled = doubledRanks(kept.map(Math.abs));
  const observed = kept.reduce((sum, value, i) => (value > 0 ? sum + doubled[i] : sum), 0);
  const most = doubled.reduce((sum, rank) => sum + rank, 0);
  // shares[s]: the share of signs whose positive ranks sum to s / 2.
  let shares = new Float64Array(most + 1);
  shares[0] = 1;
  for (const rank of doubled) {
    const next = new Float64Array(most + 1);
    for (let s = 0; s <= most; s++) next[s] = 0.5 * (shares[s] + (s >= rank ? shares[s - rank] : 0));
    shares = next;
  }
  const sum = (from: number, to: number) => shares.subarray(from, to).reduce((total, share) => total + share, 0);
  const greater = sum(observed, most + 1);
  const less = sum(0, observed + 1);
  return {
    n: kept.length,
    positiveRanks: observed / 2,
    greater,
    less,
    twoSided: Math.min(1, 2 * Math.min(greater, less)),
  };
}

/** Twice the rank of each value, counted from 1: whole numbers, since equal values share their mean rank. */
function doubledRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return 2 * below + equal + 1;
  });
}
