import { counted, element, type Markup, section, table } from '@csx/core/page';
import type { NotCompared } from './comparison.ts';
import { partTitles } from './timing-parts.ts';
import { groupNotCompared, placeNames } from './words.ts';

export function notComparedSection(entries: readonly NotCompared[]): Markup {
  return section(
    'not-compared',
    'Not compared',
    'Only the same work is set side by side: suite, case, shape, candidate, WGSL, variant and timing method, in one kind of place. All the rest, and why:',
    entries.length === 0
      ? element('p', {}, 'Nothing: all that these records have is compared.')
      : table(
          'What is not compared',
          [
            { head: 'Record' },
            { head: 'Why' },
            { head: 'Suite' },
            { head: 'Candidate' },
            { head: 'Time' },
            { head: 'Where' },
            { head: 'Cases' },
          ],
          groupNotCompared(entries).map(({ records, suite, title, part, place, reason, cases }) => [
            records.join(', '),
            reason,
            suite,
            title,
            part === null ? 'all' : partTitles[part],
            placeNames[place],
            cases.length === 1
              ? cases[0]
              : element(
                  'details',
                  { class: 'inline' },
                  element('summary', {}, counted(cases.length, 'case')),
                  cases.map((name) => element('div', {}, name)),
                ),
          ]),
        ),
  );
}
