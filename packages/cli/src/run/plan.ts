import type { Channel } from '../terminal/terminal.ts';
import { twoColumns } from '../terminal/text.ts';
import { configPaths, showValue, valueAt } from '../settings/config-flags.ts';
import type { RunSettings } from '../settings/run-settings.ts';

/** Prints what a run would do: every option with its value and where it came from. Nothing is written. */
export function printPlan(settings: RunSettings, location: string, out: Channel, json: boolean): void {
  const { config, device, adapter, threads, dataDirectory, sources } = settings;
  if (json) {
    const machine = { device, adapter: adapter ?? null, threads: threads ?? null, dataDirectory: dataDirectory ?? null };
    out.write(`${JSON.stringify({ out: location, machine, config, sources: Object.fromEntries(sources) }, null, 2)}\n`);
    return;
  }
  const { paint } = out;
  const rows = Object.entries(configPaths).map(([flag, path]) => {
    const source = sources.get(flag);
    const value = valueAt(config, path);
    return [`--${flag}`, `${value === undefined ? 'not set' : showValue(value)}${source === undefined ? '' : paint.dim(`  (${source})`)}`] as const;
  });
  out.write(`${paint.bold('Configuration')}\n${twoColumns(rows, out.columns)}\n`);
}
