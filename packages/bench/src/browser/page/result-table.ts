import { digits, duration, ratioText } from '../../harness/format.ts';
import type { CandidateResult, CaseResult } from '../../record.ts';

/** One case as a table: a row for each candidate, a bar as long as its time, and why those without a time have none. */
export function resultTable(document: Document, { suite, name, what, candidates, baseline }: CaseResult): HTMLElement {
  const element = (tag: string, content: string | readonly Node[] = [], className = ''): HTMLElement => {
    const made = document.createElement(tag);
    made.append(...(typeof content === 'string' ? [content] : content));
    if (className !== '') made.className = className;
    return made;
  };
  const slowest = Math.max(...candidates.map(({ timing }) => timing?.medianMs ?? 0));
  const baselineTitle = candidates.find((candidate) => candidate.name === baseline)?.title ?? baseline;

  function row({ title, status, reason, timing, gflopPerSecond, timeRatio }: CandidateResult): HTMLElement {
    if (timing === null) {
      const cell = element('td', [element('strong', status), document.createTextNode(`: ${reason ?? ''}`)], 'reason');
      cell.setAttribute('colspan', '5');
      return element('tr', [element('td', title), cell]);
    }
    const { medianMs, q1Ms, q3Ms, samples, repeats } = timing;
    const bar = element('span', [], 'bar');
    bar.style.width = `${(100 * medianMs) / slowest}%`;
    return element('tr', [
      element('td', [document.createTextNode(title), bar]),
      element('td', duration(medianMs)),
      element('td', `${duration(q1Ms)} to ${duration(q3Ms)}`),
      element('td', repeats === 1 ? `${samples.length}` : `${samples.length} x ${repeats}`),
      element('td', digits(gflopPerSecond ?? 0)),
      element('td', timeRatio === null ? '-' : ratioText(timeRatio)),
    ]);
  }
  const head = ['', 'median', 'quartiles', 'samples', 'GFLOP/s', `time / ${baselineTitle}`];
  const table = element('table', [
    element('thead', [
      element(
        'tr',
        head.map((text) => element('th', text)),
      ),
    ]),
    element('tbody', candidates.map(row)),
  ]);
  return element('article', [element('h2', `${suite}: ${name}`), element('p', what, 'what'), table]);
}
