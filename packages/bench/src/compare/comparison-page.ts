import { csxVersion } from '@csx/core';
import { type Child, counted, element, htmlDocument, type Markup, pageStyle, section } from '@csx/core/page';
import { isOwn, type PlaceGroup, type Verdict } from './comparison.ts';
import type { ComparisonInput } from './comparison-json.ts';
import type { Note } from './notes.ts';
import { notComparedSection } from './page-not-compared.ts';
import { meansSection, placeSection } from './page-ratios.ts';
import { recordsSection } from './page-records.ts';
import { rooflinesSection } from './page-rooflines.ts';
import { seriesCss } from './series-look.ts';
import { intervalNote, placeNames } from './words.ts';

const style = pageStyle({
  light: seriesCss('light'),
  dark: seriesCss('dark'),
  rules: `
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:22px}
.card{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:16px 18px 4px;min-width:0}
.card h3{margin:0;display:block}
.card p{margin:2px 0 10px;overflow-wrap:anywhere}
.card dl{display:grid;grid-template-columns:auto 1fr;gap:5px 14px;margin:0;font-size:14px;line-height:1.4}
.card dt{color:var(--soft);font-size:13px}
.card dd{margin:0;overflow-wrap:anywhere}
h3{margin:0 0 10px;font-size:17px;line-height:1.35;font-weight:620}
.key{display:inline-block;vertical-align:-2px;margin-right:7px;flex:none}
.suite{margin-top:34px}
.suite>h3{padding-top:14px;border-top:2px solid var(--rule)}
.kernel{margin:0 0 26px}
.span{stroke:var(--series);stroke-width:2.4;stroke-linecap:round;opacity:.6}
.one{stroke:var(--soft);stroke-width:1.4}
svg .halo{font-size:12.5px;stroke:var(--paper);stroke-width:3.5px;stroke-linejoin:round;paint-order:stroke}
.roof{fill:none;stroke:var(--soft);stroke-width:1.8;stroke-linejoin:round}
.gallery>figure{flex:0 1 535px}
.gallery>figure>details{width:0;min-width:100%}
.notes dt{font-weight:600}
.notes dd{margin:2px 0 14px;max-width:52em}
details.inline{margin:0;border:0}
.inline summary{padding:0}
`,
});

/** What one record's warm times of csx are beside the baseline's, in one kind of place. */
function tally({ kernels, place, baseline }: PlaceGroup, key: string): string[] {
  const verdicts = kernels
    .filter(({ part, candidate }) => part === 'warm' && isOwn(candidate))
    .flatMap(({ others }) => others.filter(({ record }) => record === key))
    .map(({ verdict }) => verdict);
  if (verdicts.length === 0) return [];
  const count = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length;
  const few = count('too few samples');
  const rest = few === 0 ? '' : `, and ${few} with too few samples to tell`;
  const cases = `${counted(verdicts.length, 'kernel')} of csx`;
  return [
    `on the ${placeNames[place]} faster than ${baseline} in ${count('faster')} of ${cases}, slower in ${count('slower')}, no different in ${count('no difference')}${rest}`,
  ];
}

const capital = (text: string) => text[0].toUpperCase() + text.slice(1);

/** What was found, in a sentence for each record. */
function headlines({ records, comparison }: ComparisonInput): Child[] {
  return records.flatMap(({ key, name }) => {
    const found = comparison.groups.flatMap((group) => tally(group, key));
    return found.length === 0 ? [] : [[element('b', {}, key), ` (${name}): ${found.join('; ')}.`]];
  });
}

function notesSection(notes: readonly Note[]): Markup | null {
  if (notes.length === 0) return null;
  return section(
    'notes',
    'Why, where known',
    'Written by people, not measured.',
    element(
      'dl',
      { class: 'notes' },
      notes.map(({ about, text }) => [element('dt', {}, about), element('dd', {}, text)]),
    ),
  );
}

/** The comparison as one HTML document: no script, no external resource, light and dark, wide and narrow, printable. */
export function renderComparisonPage(input: ComparisonInput): string {
  const { records, comparison, notes } = input;
  const { groups, baseline, notCompared } = comparison;
  const keys = records.map(({ key }) => key);
  const name = (key: string) => `${key}: ${records.find((one) => one.key === key)?.name}`;
  const found = headlines(input);
  const sections = [
    { id: 'records', title: 'Records', content: recordsSection(records, baseline) },
    { id: 'means', title: 'In short', content: meansSection(groups, intervalNote) },
    { id: 'notes', title: 'Why', content: notesSection(notes) },
    ...groups.map((group) => ({
      id: `place-${group.place}`,
      title: capital(placeNames[group.place]),
      content: placeSection(group, keys, name),
    })),
    { id: 'rooflines', title: 'Rooflines', content: rooflinesSection(records) },
    { id: 'not-compared', title: 'Not compared', content: notComparedSection(notCompared) },
  ].filter(({ content }) => content !== null);
  return htmlDocument(
    { title: `csx: ${records.length} benchmark records compared`, generator: `csx ${csxVersion}`, style },
    element(
      'header',
      {},
      element('p', { class: 'eyebrow' }, 'csx benchmark'),
      element('h1', {}, `${records.length} benchmark records, compared kernel by kernel`),
      found.length === 0
        ? element(
            'p',
            { class: 'headline' },
            'Nothing of csx in these records may be compared; the last section says why.',
          )
        : found.map((sentence) => element('p', { class: 'headline' }, sentence)),
      element(
        'nav',
        { 'aria-label': 'Sections' },
        element(
          'ul',
          {},
          sections.map(({ id, title }) => element('li', {}, element('a', { href: `#${id}` }, title))),
        ),
      ),
    ),
    element(
      'main',
      {},
      sections.map(({ content }) => content),
    ),
    element('footer', {}, `Made by csx ${csxVersion} from ${records.map(({ file }) => file).join(', ')}.`),
  );
}
