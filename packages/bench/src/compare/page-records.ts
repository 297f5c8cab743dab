import { bytes, details, element, listed, type Markup, section } from '@csx/core/page';
import { digits } from '../harness/format.ts';
import type { BenchRecord, Peak } from '../record.ts';
import type { NamedRecord } from './named-record.ts';
import { seriesKey } from './series-look.ts';

function peakText({ device, gflopPerSecond, gbytePerSecond, how }: Peak): string {
  const figures = [
    gflopPerSecond === null ? 'arithmetic not measured' : `${digits(gflopPerSecond)} GFLOP/s`,
    gbytePerSecond === null ? 'bandwidth not measured' : `${digits(gbytePerSecond)} GB/s`,
  ];
  return `${device === 'cpu' ? 'CPU' : 'adapter'}: ${figures.join(', ')} (${how})`;
}

function adapterFacts(adapter: NonNullable<BenchRecord['adapter']>): [string, string][] {
  const { name, description, isSoftware, backend, subgroupSizes, limits } = adapter;
  const binding = limits.maxStorageBufferBindingSize;
  return [
    ['Adapter', `${name}${isSoftware ? ' (software: computes on the CPU)' : ''}`],
    ['Driver', description === '' ? 'not told' : description],
    ['WebGPU', `${adapter.implementation} ${adapter.implementationVersion}${backend === null ? '' : `, ${backend}`}`],
    ['Subgroups', subgroupSizes === null ? 'none' : [...new Set(subgroupSizes)].join(' to ')],
    ['Largest binding', binding === undefined ? 'not told' : bytes(binding)],
  ];
}

/** What a reader has to know of a record to judge its times. */
function factsOf({ record }: NamedRecord): [string, string][] {
  const { adapter, runtime, options, peaks, csxVersion, startedAt } = record;
  const { samples, minSamples, budgetMs, minSampleMs, threads } = options;
  return [
    ...(adapter === null ? ([['Adapter', 'none was found']] as [string, string][]) : adapterFacts(adapter)),
    ['Runtime', `${runtime.name} ${runtime.version}, ${runtime.platform}`],
    ['CPU', `${runtime.cpuName}, ${runtime.cpuCount} cores; ${threads} threads`],
    ['Peaks', peaks.length === 0 ? 'not measured' : peaks.map(peakText).join('; ')],
    ['Measured', `${startedAt.slice(0, 16).replace('T', ' ')} UTC, csx ${csxVersion}`],
    [
      'Samples',
      `at most ${samples}, at least ${minSamples}, within ${digits(budgetMs / 1000)} s; one takes at least ${digits(minSampleMs)} ms`,
    ],
  ];
}

function recordCard(one: NamedRecord, index: number, isBaseline: boolean): Markup {
  const { key, name, file, record } = one;
  const features = [...(record.adapter?.features ?? [])].sort();
  return element(
    'article',
    { class: 'card' },
    element('h3', {}, seriesKey(index), element('b', {}, key), ` ${name}`),
    element('p', { class: 'soft' }, file, isBaseline ? ' \u00b7 the baseline' : null),
    element(
      'dl',
      {},
      factsOf(one).map(([term, value]) => [element('dt', {}, term), element('dd', {}, value)]),
    ),
    details(
      'How it was sampled, and what the adapter can do',
      element('p', { class: 'note' }, `${record.sampleRule}.`),
      element('p', { class: 'note' }, features.length === 0 ? 'No features.' : `Features: ${listed(features)}.`),
    ),
  );
}

export function recordsSection(records: readonly NamedRecord[], baseline: string): Markup {
  return section(
    'records',
    'Who is compared',
    'Each record is one run of the benchmark. Letters, colors and shapes stand for them on the whole page.',
    element(
      'div',
      { class: 'cards' },
      records.map((one, index) => recordCard(one, index, one.key === baseline)),
    ),
  );
}
