import { type JobPlan, type Reproduction, renderReproduction } from '@csx/core';
import type { DirectoryStore } from '@csx/core/files';
import type { Channel } from '../terminal/terminal.ts';
import { wrap } from '../terminal/text.ts';

/** Writes the record and the page of a reproduction. Returns the page's name. */
export async function writeReproduction(
  store: DirectoryStore,
  plan: JobPlan,
  reproduction: Reproduction,
): Promise<string> {
  const encoder = new TextEncoder();
  await store.write('reproduce.json', encoder.encode(`${JSON.stringify(reproduction)}\n`));
  await store.write('reproduce.html', encoder.encode(renderReproduction(plan, reproduction)));
  return 'reproduce.html';
}

/** What came of each of the paper's claims, a line each, and how much is missing. */
export function printVerdicts({ verdicts, missing }: Reproduction, out: Channel): void {
  const { paint } = out;
  const shown = {
    held: paint.green('held'.padEnd(13)),
    'did not hold': paint.red('did not hold '),
    undecided: paint.dim('undecided'.padEnd(13)),
  };
  for (const { decision, text, against } of verdicts) {
    const [first, ...more] = wrap(
      against === undefined ? text : `${text} (against ${against})`,
      Math.min(out.columns, 100) - 15,
    );
    out.write(`${shown[decision]}  ${first}\n`);
    for (const line of more) out.write(`${' '.repeat(15)}${line}\n`);
  }
  if (missing.length > 0) out.write(`${missing.length} jobs are not done; the page says which.\n`);
}
