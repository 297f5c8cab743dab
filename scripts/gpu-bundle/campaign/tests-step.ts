import { type CampaignContext, hasTime } from './campaign-context.ts';
import { runChild } from './child.ts';
import { recordVariable, renderTests, type TestRecord } from './test-record.ts';

const recordFile = 'tests.json';
/** A file that this many slices ended in does not end by itself. */
const mostInterruptions = 2;

function countsOf(record: TestRecord, all: readonly string[]): string {
  const outcomes = all.map((file) => record[file]);
  const tests = outcomes.flatMap((outcome) => outcome?.tests ?? []);
  const passed = tests.filter(({ state }) => state === 'passed').length;
  const ended = outcomes.filter((outcome) => outcome !== undefined && outcome.state !== 'running').length;
  return `${ended} of ${all.length} files, ${passed} tests passed, ${tests.length - passed} did not`;
}

/** Runs the kernels' tests and the engine's with vitest itself; files that have an outcome are not run again. */
export async function testsStep(context: CampaignContext): Promise<void> {
  const { bundle, results, options } = context;
  const all = bundle.testFiles;
  const read = (): TestRecord => results.read<TestRecord>(recordFile) ?? {};
  const left = (record: TestRecord): string[] =>
    all.filter((file) => record[file] === undefined || record[file].state === 'running');
  let record = read();
  results.write(recordFile, record);
  while (left(record).length > 0 && hasTime(context, 20)) {
    context.report('begun', countsOf(record, all));
    const before = left(record).length;
    const outcome = await runChild({
      command: context.node,
      args: [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--reporter=./campaign/test-reporter.mjs',
        `--maxWorkers=${options.software ? 2 : 4}`,
        ...left(record),
      ],
      directory: context.app,
      environment: { ...context.environment, CI: '1', [recordVariable]: results.path(recordFile) },
      log: context.log,
      deadline: options.deadline - 5000,
      signal: context.signal,
    });
    record = read();
    for (const file of left(record)) {
      const running = record[file];
      if (running === undefined) continue;
      const interrupted = running.interrupted + 1;
      const gaveUp = interrupted >= mostInterruptions || !outcome.stopped;
      const why = outcome.stopped ? `did not end in ${interrupted} slices` : 'its process ended';
      record[file] = gaveUp ? { ...running, state: 'failed', interrupted, errors: [why] } : { ...running, interrupted };
    }
    if (!outcome.stopped && left(record).length === before) {
      // vitest itself does not start: there is nothing to wait for.
      context.report('failed', outcome.lastLines);
      return;
    }
    results.write(recordFile, record);
    results.writeBytes('tests.txt', renderTests(record, all));
    context.say(countsOf(record, all));
  }
  const failed = all.some((file) => record[file]?.state === 'failed');
  const state = left(record).length > 0 ? 'begun' : failed ? 'failed' : 'done';
  context.report(state, countsOf(record, all));
}
