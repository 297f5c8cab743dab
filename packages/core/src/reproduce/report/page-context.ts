import type { Reproduction } from '../reproduction.ts';
import type { StudyOutcomes } from '../study-outcomes.ts';

/** What every section of the page is drawn from. */
export interface PageContext {
  readonly reproduction: Reproduction;
  readonly studies: StudyOutcomes;
}
