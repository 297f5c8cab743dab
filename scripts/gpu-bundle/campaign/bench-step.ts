import { existsSync, readFileSync, rmSync } from 'node:fs';
import { type CampaignContext, hasTime } from './campaign-context.ts';
import { runChild } from './child.ts';

/** One case of the benchmark, measured in one run of it. */
interface BenchOutcome {
  readonly title: string;
  readonly attempts: number;
  /** The benchmark's own record; it is also written where a result was wrong. */
  readonly record: unknown;
  readonly error: string | undefined;
}

const recordFile = 'bench.json';
const textFile = 'bench.txt';
/** A case that fails, or does not end within a slice, this often is left. */
const mostAttempts = 2;

/** Everything on a GPU; on a software adapter a kernel and a training, to see that they run. */
export const benchSizes = {
  gpu: { cases: [], arguments: [] },
  software: {
    cases: ['--filter', 'accumulate:|10 classes, batch 256, 5 epochs'],
    arguments: ['--samples', '3', '--budget', '10'],
  },
} as const;

/** Measures the kernels and training beside other libraries, case by case, since one run of all cases can be longer than a slice. */
export async function benchStep(context: CampaignContext): Promise<void> {
  const { results, options } = context;
  const { cases, arguments: sizeArguments } = benchSizes[options.software ? 'software' : 'gpu'];
  const child = (args: readonly string[]) =>
    runChild({
      command: context.node,
      args: ['packages/cli/bin/csx.mjs', 'bench', ...args],
      directory: context.app,
      environment: context.environment,
      log: context.log,
      deadline: options.deadline - 5000,
      signal: context.signal,
    });
  if (!hasTime(context, 30)) return;
  const listed = await child(['--list', ...cases]);
  const titles = listed.stdout.split('\n').filter((line) => line !== '');
  if (listed.stopped) return;
  if (listed.code !== 0 || titles.length === 0) {
    context.report('failed', listed.lastLines || `the benchmark has no case for ${cases.join(' ')}`);
    return;
  }
  const outcomes = new Map((results.read<BenchOutcome[]>(recordFile) ?? []).map((one) => [one.title, one]));
  const ended = (title: string): boolean => {
    const outcome = outcomes.get(title);
    return outcome !== undefined && (outcome.record !== undefined || outcome.attempts >= mostAttempts);
  };
  const detail = (): string => `${titles.filter(ended).length} of ${titles.length} cases`;
  for (const title of titles.filter((one) => !ended(one))) {
    if (!hasTime(context, 30)) break;
    context.report('begun', detail());
    const file = results.path('bench-case.part');
    rmSync(file, { force: true });
    const outcome = await child(['--filter', title, '--json', file, ...sizeArguments]);
    if (context.signal.aborted) break;
    const record: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    rmSync(file, { force: true });
    const error = outcome.stopped ? 'time was up' : outcome.code !== 0 ? outcome.lastLines : undefined;
    const attempts = (outcomes.get(title)?.attempts ?? 0) + 1;
    outcomes.set(title, { title, attempts, record, error });
    results.write(recordFile, [...outcomes.values()]);
    if (record !== undefined) {
      const text = existsSync(results.path(textFile)) ? readFileSync(results.path(textFile), 'utf8') : '';
      results.writeBytes(textFile, `${text}${outcome.stdout}\n`);
      context.say(outcome.stdout.trim());
    }
    if (error !== undefined) context.say(`${title}: ${error}`);
  }
  const failed = titles.some((title) => ended(title) && outcomes.get(title)?.error !== undefined);
  context.report(titles.every(ended) ? (failed ? 'failed' : 'done') : 'begun', detail());
}
