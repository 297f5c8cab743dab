import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { AdapterUnavailableError, CsxError } from '@csx/core';
import { describeRuntime, type HostAdapter, requestAdapter } from '@csx/core/host';
import { runBench } from './harness/run-bench.ts';
import { renderCase, renderMeans } from './harness/table.ts';
import { type BenchOptions, parseOptions, usage } from './options.ts';
import { benchRecordSchema } from './record.ts';
import { caseTitle, chooseCases } from './suites/all-suites.ts';

const seed = 0;

/** The adapter that the candidates will use, which each opens for itself. */
async function findAdapter({ adapter }: BenchOptions): Promise<HostAdapter | undefined> {
  try {
    return (await requestAdapter(adapter === '' ? {} : { adapter })).adapter;
  } catch (error) {
    // Candidates on the CPU are measured without one; that the others lack it, their status says.
    if (error instanceof AdapterUnavailableError && adapter === '') return undefined;
    throw error;
  }
}

/** One line that is written over in a terminal; nothing elsewhere, where the finished cases are enough. */
function createProgress(): { show(text: string): void; clear(): void } {
  if (!process.stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  const clear = () => void process.stderr.write('\r\u001b[K');
  return {
    show(text) {
      clear();
      process.stderr.write(text.slice(0, (process.stderr.columns ?? 80) - 1));
    },
    clear,
  };
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), describeRuntime().cpuCount);
  if (options.help) {
    process.stdout.write(usage);
    return;
  }
  const adapter = await findAdapter(options);
  const { threads, filter } = options;
  const cases = chooseCases(
    { adapter: options.adapter, hasGpu: adapter !== undefined && !adapter.isSoftware, threads, seed },
    filter,
  );
  if (options.list) {
    process.stdout.write(cases.map((one) => `${caseTitle(one)}\n`).join(''));
    return;
  }
  const tables = options.json === '-' ? process.stderr : process.stdout;
  const kind = adapter === undefined ? '' : adapter.isSoftware ? ' (software: computes on the CPU)' : '';
  tables.write(`adapter: ${adapter?.name ?? 'none'}${kind}; ${threads} threads\n\n`);
  const progress = createProgress();
  const record = await runBench({
    cases,
    options,
    adapter,
    seed,
    progress: progress.show,
    done(result) {
      progress.clear();
      tables.write(`${renderCase(result)}\n`);
    },
  });
  tables.write(renderMeans(record.results));
  if (options.json === undefined) return;
  const text = `${JSON.stringify(benchRecordSchema.parse(record), undefined, 1)}\n`;
  if (options.json === '-') process.stdout.write(text);
  else await writeFile(options.json, text);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof CsxError)) throw error;
  process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
  process.exitCode = error.code === 'ADAPTER_UNAVAILABLE' ? 3 : 2;
}
