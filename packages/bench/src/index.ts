import type { BenchFlagValues } from './flags.ts';
import type { BenchOutput } from './run-bench-command.ts';

export { type BenchFlag, type BenchFlagValues, benchFlags, compareFlags, tuneFlags } from './flags.ts';
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

/**
 * `csx bench compare` by the values of `compareFlags`, on the records in files.
 * @throws CsxError: of options, and of files that are no records
 */
export async function compare(values: BenchFlagValues, files: readonly string[], output: BenchOutput): Promise<void> {
  const { compareOptions } = await import('./compare/compare-options.ts');
  const { runCompare } = await import('./compare/run-compare.ts');
  await runCompare(compareOptions(values, files), output);
}

/**
 * `csx bench tune` by the values of `tuneFlags`.
 * @throws CsxError: of the adapter, and of a cache that cannot be written
 */
export async function tune(values: BenchFlagValues, output: BenchOutput): Promise<void> {
  const { runTune } = await import('./tune.ts');
  await runTune((values.get('adapter') as string | undefined) ?? '', output);
}
