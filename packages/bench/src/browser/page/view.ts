import { digits } from '../../harness/format.ts';
import type { BenchRecord, CaseResult } from '../../record.ts';
import type { PageFacts } from '../page-protocol.ts';
import { resultTable } from './result-table.ts';

/** What the page shows. The page itself is `page/index.html`. */
export function createView(document: Document) {
  const find = (id: string) => document.getElementById(id) as HTMLElement;
  const [status, title, text, save] = [find('status'), find('status-title'), find('status-text'), find('save')];
  let over = false;

  function show(kind: 'busy' | 'warning' | 'done', head: string, more: string): void {
    status.className = `status ${kind}`;
    title.textContent = head;
    text.textContent = more;
    document.title = `${head} - csx benchmark`;
    find('lead').hidden = kind === 'done';
  }

  return {
    facts({ runtime, adapter, clockStepMs }: PageFacts): void {
      const software = adapter.isSoftware ? ' (software: computes on the CPU)' : '';
      const rows = [
        ['Browser', `${runtime.name} ${runtime.version}, ${runtime.platform}`],
        ['Adapter', `${adapter.name}${software}`],
        ['Clock', `steps of ${digits(1000 * clockStepMs)} µs`],
      ];
      const cells = rows.flatMap(([name, value]) => {
        const [term, description] = [document.createElement('dt'), document.createElement('dd')];
        term.textContent = name;
        description.textContent = value;
        return [term, description];
      });
      find('facts').replaceChildren(...cells);
      show('busy', 'Ready', 'The benchmark begins.');
    },

    progress(what: string): void {
      show('busy', 'Measuring', what);
    },

    /** Nothing is measured while the page cannot be seen. */
    background(waits: boolean): void {
      if (waits)
        show('warning', 'Waiting', 'This tab is in the background, where browsers throttle it: bring it back.');
      else show('busy', 'Measuring', 'The tab is in sight again.');
    },

    result(result: CaseResult): void {
      find('results').append(resultTable(document, result));
    },

    finished(record: BenchRecord): void {
      over = true;
      const count = record.results.length;
      show('done', 'Done', `${count} ${count === 1 ? 'case' : 'cases'}. You can close this tab.`);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([JSON.stringify(record, undefined, 1)], { type: 'application/json' }));
      link.download = 'csx-benchmark.json';
      link.textContent = 'Save the record';
      save.replaceChildren(link);
    },

    problem(head: string, more: string): void {
      if (!over) show('warning', head, more);
    },
  };
}
