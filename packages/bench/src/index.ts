import type { BenchFlagValues } from './flags.ts';
import type { BenchOutput } from './run-bench-command.ts';

export { type BenchFlag, type BenchFlagValues, benchFlags } from './flags.ts';
export type { BenchRecord, CandidateResult, CaseResult, Peak, Timing } from './record.ts';
export type { BenchOutput } from './run-bench-command.ts';

/**
 * `csx bench` by the values of `benchFlags`. The libraries that it needs are loaded when it is called.
 * @throws CsxError: of an option or adapter before anything is measured, of a result of ours after the tables
 */
export async function bench(values: BenchFlagValues, output: BenchOutput): Promise<void> {
  const { benchOptions } = await import('./options.ts');
  const { cpuCount, runBenchCommand } = await import('./run-bench-command.ts');
  await runBenchCommand(benchOptions(values, cpuCount()), output);
}
