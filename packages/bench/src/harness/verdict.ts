import { type CsxError, DeviceLostError, InvariantError, NumericError } from '@csx/core';
import type { CandidateResult, CaseResult } from '../record.ts';

/** Ours, whose failures are failures of csx; what another library does wrong is a row of the table. */
export const isOwn = ({ name }: Pick<CandidateResult, 'name'>) => name.startsWith('csx-');

const verdicts = [
  {
    status: 'incorrect',
    error: (text: string) =>
      new NumericError(`bench: wrong results, which have no speed: ${text}`, {
        hint: 'Please report it with the record (--json FILE).',
      }),
  },
  {
    status: 'lost',
    error: (text: string) =>
      new DeviceLostError(`bench: the adapter went away: ${text}`, {
        hint: 'Smaller cases (--filter) may fit where the driver gave up; csx doctor shows the adapters.',
      }),
  },
  { status: 'failed', error: (text: string) => new InvariantError(`bench: not measured: ${text}`) },
] as const;

/** The error that a run ends with, the worst first; undefined where every candidate of ours is right or cannot do it. */
export function verdictOf(results: readonly CaseResult[]): CsxError | undefined {
  for (const { status, error } of verdicts) {
    const found = results.flatMap(({ suite, name, candidates }) =>
      candidates
        .filter((candidate) => isOwn(candidate) && candidate.status === status)
        .map(({ title, reason }) => `${title}, ${suite}: ${name} (${reason})`),
    );
    if (found.length > 0) return error(found.join('; '));
  }
  return undefined;
}
