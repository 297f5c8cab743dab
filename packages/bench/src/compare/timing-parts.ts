import type { CandidateResult, Timing } from '../record.ts';

/** What a time is of. */
export const timingParts = ['warm', 'gpu', 'end-to-end', 'cold'] as const;
export type TimingPart = (typeof timingParts)[number];

export const partTitles: Readonly<Record<TimingPart, string>> = {
  warm: 'warm',
  gpu: "warm, the device's own clock",
  'end-to-end': 'end to end',
  cold: 'cold (first run)',
};

/** What tells that two times are of the same kind, and the times. */
export interface PartTimes {
  readonly method: Timing['method'];
  readonly samples: readonly number[];
}

/** The times of one part; undefined where it was not measured. */
export function timesOf(candidate: CandidateResult, part: TimingPart): PartTimes | undefined {
  const { timing, gpuTiming, endToEnd, coldMs } = candidate;
  switch (part) {
    case 'warm':
      return timing ?? undefined;
    case 'gpu':
      return gpuTiming ?? undefined;
    case 'end-to-end':
      return endToEnd ?? undefined;
    case 'cold':
      return coldMs === null ? undefined : { method: 'wall clock', samples: [coldMs] };
  }
}
