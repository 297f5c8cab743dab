/** One test of a file. */
export interface TestOutcome {
  readonly name: string;
  readonly state: string;
  readonly errors: readonly string[];
}

/** One test file; `interrupted` counts the slices that ended while it ran. */
export interface TestFileOutcome {
  readonly state: 'running' | 'passed' | 'failed';
  readonly interrupted: number;
  readonly seconds: number;
  readonly errors: readonly string[];
  readonly tests: readonly TestOutcome[];
}

/** `tests.json`: path -> outcome; files that were not begun are missing. */
export type TestRecord = Record<string, TestFileOutcome>;

/** Where the reporter, in vitest's process, keeps the record. */
export const recordVariable = 'CSX_CAMPAIGN_TESTS';

/** Every file with its counts, and every failure with its message. */
export function renderTests(record: TestRecord, all: readonly string[]): string {
  const lines: string[] = [];
  for (const file of all) {
    const outcome = record[file];
    if (outcome === undefined) {
      lines.push(`-- ${file}: not run`);
      continue;
    }
    const passed = outcome.tests.filter(({ state }) => state === 'passed').length;
    const mark = outcome.state === 'passed' ? 'ok' : outcome.state;
    lines.push(`${mark} ${file}: ${passed} of ${outcome.tests.length} passed, ${outcome.seconds.toFixed(1)} s`);
    for (const error of outcome.errors) lines.push(`   ${error}`);
    for (const { name, state, errors } of outcome.tests) {
      if (state === 'passed') continue;
      lines.push(`   ${state}: ${name}`, ...errors.map((error) => `      ${error.split('\n')[0]}`));
    }
  }
  return `${lines.join('\n')}\n`;
}
