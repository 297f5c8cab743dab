/** A run that ends in about a second: for tests of everything but its figures. */
export const tinyRun = [
  'run',
  ...['--epochs', '2', '--iterations', '3', '--epochs-per-iteration', '2', '--arms', 'none,bottom,asymmetric'],
  ...['--major-count', '20', '--minor-count', '8', '--held-out-count', '5', '--test-count', '5'],
  ...['--width', '0.25', '--batch-size', '16'],
] as const;

/** The same run with other values for some flags. */
export function tinyRunWith(...words: readonly string[]): string[] {
  const given = new Set(words.filter((word) => word.startsWith('--')));
  const kept: string[] = [];
  for (let i = 0; i < tinyRun.length; i++) {
    if (given.has(tinyRun[i])) i++;
    else kept.push(tinyRun[i]);
  }
  return [...kept, ...words];
}
