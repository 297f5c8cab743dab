import type { JobPlan } from './job-plan.ts';
import type { Outcome } from './outcome.ts';

/** The outcomes of every study by its key, one a seed in the order of the settings; undefined where it is missing. */
export type StudyOutcomes = ReadonlyMap<string, readonly (Outcome | undefined)[]>;

export function studyOutcomes({ studies }: JobPlan, outcomes: readonly Outcome[]): StudyOutcomes {
  const byJob = new Map(outcomes.map((outcome) => [outcome.job, outcome]));
  return new Map(studies.map(({ key, jobs }) => [key, jobs.map((id) => byJob.get(id))]));
}
