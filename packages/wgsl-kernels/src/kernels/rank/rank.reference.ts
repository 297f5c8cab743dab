import { InvalidInputError } from '../../errors.ts';

/** `ascending`: smallest score first. `descending`: largest first. Ties go to the lower index in both. */
export type RankOrder = 'ascending' | 'descending';

/** Throws InvalidInputError at the first NaN, which has no place in an order. */
export function checkScores(where: string, scores: ArrayLike<number>): void {
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i])) {
      throw new InvalidInputError(`${where}: score of row ${i} is NaN, expected a number`);
    }
  }
}

/** The kernel `rank` in plain code: the argsort of `scores`, f32 or float64. */
export function rankReference(scores: ArrayLike<number>, order: RankOrder = 'ascending'): Uint32Array {
  checkScores('rank', scores);
  const sign = order === 'ascending' ? 1 : -1;
  const before = (a: number, b: number) => {
    if (scores[a] === scores[b]) return a - b;
    return scores[a] < scores[b] ? -sign : sign;
  };
  return Uint32Array.from(scores, (_, row) => row).sort(before);
}
