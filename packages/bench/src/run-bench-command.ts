import { writeFile } from 'node:fs/promises';
import { AdapterUnavailableError, InvalidOptionError, quietTfjs } from '@csx/core';
import { describeRuntime, type HostAdapter, listAdapters, requestAdapter } from '@csx/core/host';
import { renderAdapters } from './adapters.ts';
import { openBrowserBench } from './browser/browser-bench.ts';
import { runBench } from './harness/run-bench.ts';
import { renderCase, renderMeans, renderPeaks } from './harness/table.ts';
import { isOwn, verdictOf } from './harness/verdict.ts';
import type { BenchOptions } from './options.ts';
import { benchRecordSchema } from './record.ts';
import { caseTitle, chooseCases } from './suites/all-suites.ts';
import type { BenchCase } from './suites/bench-case.ts';
import { type CandidateName, candidateDevices } from './suites/candidates.ts';

const seed = 0;

/** Where a benchmark prints. */
export interface BenchOutput {
  out(text: string): void;
  err(text: string): void;
  /** Whether a line on `err` can be written over, and how long it may be. */
  readonly live: { readonly columns: number } | null;
  /** Whether `out` shows colors. */
  readonly colors: boolean;
}

/** The adapter that the candidates will use, which each opens for itself; why, where there is none and none was named. */
async function findAdapter({ adapter }: BenchOptions): Promise<HostAdapter | AdapterUnavailableError> {
  try {
    return (await requestAdapter(adapter === '' ? {} : { adapter })).adapter;
  } catch (error) {
    if (error instanceof AdapterUnavailableError && adapter === '') return error;
    throw error;
  }
}

/** The cases with only some of their candidates, and without the cases that have none of them. */
function withCandidates(cases: readonly BenchCase[], wanted: (name: CandidateName) => boolean): readonly BenchCase[] {
  return cases
    .filter(({ candidates }) => candidates.some(wanted))
    .map((one) => ({ ...one, candidates: one.candidates.filter((name) => wanted(name) || name === one.reference) }));
}

/** One line that is written over; nothing where it cannot be: the finished cases are enough. */
function createProgress({ err, live }: BenchOutput): { show(text: string): void; clear(): void } {
  if (live === null) return { show: () => undefined, clear: () => undefined };
  const clear = () => err('\r\u001b[K');
  return {
    show(text) {
      clear();
      err(text.slice(0, live.columns - 1));
    },
    clear,
  };
}

/**
 * A benchmark from its options to its tables and record.
 * @throws AdapterUnavailableError where candidates of ours need an adapter and there is none; after the tables,
 * NumericError for a wrong result of ours, DeviceLostError for a lost adapter, InvariantError for what broke
 */
export async function runBenchCommand(options: BenchOptions, output: BenchOutput): Promise<void> {
  quietTfjs();
  if (options.listAdapters) {
    output.out(renderAdapters(await listAdapters()));
    return;
  }
  if (!options.browser || options.list) return measure(options, output, undefined);
  const browser = await openBrowserBench((text) => output.err(`${text}\n`));
  try {
    output.err(`Open this address in a browser with WebGPU, and leave the tab in sight:\n${browser.url}\n`);
    await measure(options, output, browser);
  } finally {
    await browser.close();
  }
}

type BrowserBench = Awaited<ReturnType<typeof openBrowserBench>>;

async function measure(options: BenchOptions, output: BenchOutput, browser: BrowserBench | undefined): Promise<void> {
  const page = await browser?.connected();
  const cpuOnly = options.adapter === 'none';
  const found = cpuOnly ? undefined : (page?.adapter ?? (await findAdapter(options)));
  const adapter = found instanceof AdapterUnavailableError ? undefined : found;
  const { threads, filter } = options;
  const context = {
    adapter: cpuOnly ? '' : options.adapter,
    hasGpu: adapter !== undefined && !adapter.isSoftware,
    threads,
    seed,
  };
  const all = chooseCases(context, filter);
  const { candidates } = options;
  const cases = withCandidates(
    cpuOnly ? withCandidates(all, (name) => candidateDevices[name] !== 'adapter') : all,
    (name) => candidates === undefined || candidates.includes(name),
  );
  if (options.list) {
    output.out(cases.map((one) => `${caseTitle(one)}\n`).join(''));
    return;
  }
  if (cases.length === 0) {
    const which = candidates === undefined ? '' : ` and has ${candidates.join(' or ')}`;
    throw new InvalidOptionError(`bench: no case's title contains "${filter}"${which}`, {
      hint: 'csx bench --list has them all',
    });
  }
  const needsAdapter = cases.some(({ candidates }) =>
    candidates.some((name) => isOwn({ name }) && candidateDevices[name] === 'adapter'),
  );
  if (found instanceof AdapterUnavailableError && needsAdapter) {
    throw new AdapterUnavailableError(found.message, {
      hint: `${found.hint ?? ''} --adapter none measures on the CPU alone.`.trim(),
      cause: found,
    });
  }
  const tables = options.json === '-' ? output.err : output.out;
  const kind = adapter?.isSoftware ? ' (software: computes on the CPU)' : '';
  const where = page === undefined ? '' : `${page.runtime.name} ${page.runtime.version}; `;
  tables(`${where}adapter: ${adapter?.name ?? 'none'}${kind}; ${threads} threads\n\n`);
  const progress = createProgress(output);
  const record = await runBench({
    cases,
    options,
    adapter,
    seed,
    ...(browser !== undefined && page !== undefined && { elsewhere: { ...page, startWorker: browser.startWorker } }),
    progress(text) {
      progress.show(text);
      browser?.progress(text);
    },
    peaks(found) {
      progress.clear();
      tables(`${renderPeaks(found)}\n`);
    },
    done(result) {
      progress.clear();
      tables(`${renderCase(result)}\n`);
      browser?.result(result);
    },
  });
  tables(renderMeans(record.results));
  if (options.json !== undefined) {
    const text = `${JSON.stringify(benchRecordSchema.parse(record), undefined, 1)}\n`;
    if (options.json === '-') output.out(text);
    else await writeFile(options.json, text);
  }
  await browser?.finish(record);
  const verdict = verdictOf(record.results);
  if (verdict !== undefined) throw verdict;
}

/** The processor's threads, which candidates on the CPU get by default. */
export const cpuCount = () => describeRuntime().cpuCount;
