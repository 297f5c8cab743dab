import { UsageError } from './usage-error.ts';

const names = ['auto', 'minority', 'not minority', 'not majority', 'all'] as const;
export type Strategy = (typeof names)[number] | number | Readonly<Record<string, number>>;

/**
 * Reads which classes get rows: a name, a ratio, or `CLASS=ROWS,...`; names of classes may hold all but `=`.
 *
 * @throws UsageError
 */
export function parseStrategy(text: string): Strategy {
  const name = names.find((known) => known === text.trim());
  if (name !== undefined) return name;
  if (/^\d*\.?\d+$/.test(text.trim())) return Number(text);
  const counts: [string, number][] = [];
  for (const [, label, count] of text.matchAll(/(?:^|,)([^=]+)=(\d+)(?=,|$)/g)) counts.push([label, Number(count)]);
  if (counts.length === 0 || counts.map(([label, count]) => `${label}=${count}`).join(',') !== text)
    throw new UsageError(
      `--strategy: got ${JSON.stringify(text)}, expected ${names.join(', ')}, a ratio, or counts such as cat=3000,dog=3000`,
    );
  if (new Set(counts.map(([label]) => label)).size !== counts.length)
    throw new UsageError(`--strategy: got ${JSON.stringify(text)}, which names a class twice`);
  return Object.fromEntries(counts);
}
