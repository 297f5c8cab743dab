import { tuneDevice } from '@csx/core';
import { tuningFile, writeTuning } from '@csx/core/files';
import { requestAdapter } from '@csx/core/host';
import { duration } from './harness/format.ts';
import { columns } from './harness/table.ts';
import type { BenchOutput } from './run-bench-command.ts';

/**
 * Measures the variants of the kernels on an adapter and keeps the fastest for runs to come.
 * @throws AdapterUnavailableError, StorageError, and the errors of the kernels' session
 */
export async function runTune(adapter: string, { out, err }: BenchOutput): Promise<void> {
  const host = await requestAdapter(adapter === '' ? {} : { adapter });
  out(`adapter: ${host.adapter.name}${host.adapter.isSoftware ? ' (software: computes on the CPU)' : ''}\n\n`);
  const table = await tuneDevice(host, { progress: (what) => err(`measuring ${what}\n`) });
  const heads = ['kernel', 'shapes', 'fastest', 'medians'];
  const rows = table.cases.map(({ kernel, shapeClass, variant, medianMs }) => [
    kernel,
    shapeClass,
    variant,
    Object.entries(medianMs)
      .map(([name, ms]) => `${name} ${ms === null ? 'far behind' : duration(ms)}`)
      .join(', '),
  ]);
  out(`${columns([heads, ...rows], undefined, heads.length).join('\n')}\n`);
  await writeTuning(table, host.adapter);
  out(`\nkept in ${tuningFile(host.adapter)}\n`);
}
