import { z } from 'zod';
import { paperClassPairs } from '../method/paper-class-pairs.ts';
import { present } from './measures.ts';
import type { StudyOutcomes } from './study-outcomes.ts';

/** Figure 3: the paper's pairs, and the majors that a search finds instead. */
export const foundPairsSchema = z.array(
  z.strictObject({
    minor: z.string(),
    major: z.string().describe("the paper's"),
    found: z.array(z.string().nullable()).describe('closest major of each seed, in the order of the settings'),
    distance: z.number().optional().describe("of the paper's pair, mean over the seeds"),
    foundDistance: z.number().optional().describe('of the closest majors, mean over the seeds'),
  }),
);
export type FoundPairs = z.output<typeof foundPairsSchema>;

export function foundPairs(studies: StudyOutcomes): FoundPairs {
  const outcomes = studies.get('found-pairs/none') ?? [];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return paperClassPairs.map(({ minor, major }) => {
    const found = outcomes.map((one) => one?.automaticPairs.find((pair) => pair.minor === minor));
    const own = present(
      outcomes.map((one) => one?.classPairs.find((pair) => pair.minor === minor && pair.major === major)),
    );
    return {
      minor,
      major,
      found: found.map((pair) => pair?.major ?? null),
      ...(own.length > 0 && {
        distance: mean(own.map(({ distance }) => distance)),
        foundDistance: mean(present(found).map(({ distance }) => distance)),
      }),
    };
  });
}
