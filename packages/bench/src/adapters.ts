import type { HostAdapter } from '@csx/core/host';

const usedFeatures = ['subgroups', 'shader-f16', 'timestamp-query'] as const;

/** A line for each adapter: the name that `--adapter` takes, what it is, and the features that kernels use. */
export function renderAdapters(adapters: readonly HostAdapter[]): string {
  if (adapters.length === 0) return 'no adapter was found\n';
  const rows = adapters.map(({ name, isSoftware, implementation, backend, device, features, subgroupSizes }) => {
    const found = usedFeatures
      .filter((feature) => features.includes(feature))
      .map((feature) => {
        return feature === 'subgroups' && subgroupSizes !== null
          ? `${feature} (${subgroupSizes.join(' to ')})`
          : feature;
      });
    const through = [implementation, backend].filter((one) => one !== null).join(', ');
    const kind = isSoftware ? ' (software: computes on the CPU)' : '';
    return [name, `${device || name}${kind} through ${through}: ${found.join(', ') || 'no optional features'}`];
  });
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join('');
}
