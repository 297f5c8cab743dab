import type { CandidateResult, CaseResult, Peak } from '../record.ts';
import { candidateDevices } from '../suites/candidates.ts';

const share = (rate: number | null, peak: number | null) => (rate === null || peak === null ? null : rate / peak);

/** The case with each candidate's rates as shares of its device's peaks. */
export function withPeakShares(result: CaseResult, peaks: readonly Peak[]): CaseResult {
  const candidates = result.candidates.map((candidate): CandidateResult => {
    const name = candidate.name as keyof typeof candidateDevices;
    const peak = peaks.find(({ device }) => device === candidateDevices[name]);
    if (peak === undefined || candidate.status !== 'measured') return candidate;
    const arithmetic = share(candidate.gflopPerSecond, peak.gflopPerSecond);
    const bandwidth = share(candidate.gbytePerSecond, peak.gbytePerSecond);
    return { ...candidate, peakShare: { arithmetic, bandwidth } };
  });
  return { ...result, candidates };
}
