import { verifyCifar10 } from '@csx/core/files';
import { type DoctorFacts, gatherDoctorFacts, type HostAdapter } from '@csx/core/host';
import { CsxError } from '@csx/wgsl-kernels';
import type { Command } from '../args/command.ts';
import { dataDirectory } from '../run/load-dataset.ts';
import type { Channel } from '../terminal/terminal.ts';
import { formatBytes, formatNumber, twoColumns, wrap } from '../terminal/text.ts';
import { outputFlags } from './output-flags.ts';

function adapterRows(adapter: HostAdapter, index: number): (readonly [string, string])[] {
  const { device, description, limits, features, subgroupSizes } = adapter;
  const rows: (readonly [string, string])[] = [
    [
      `${index}: ${adapter.name}`,
      `${device || description || adapter.name}${adapter.isSoftware ? ' (software: computes on the CPU)' : ''}`,
    ],
    ['   through', [adapter.implementation, adapter.implementationVersion, adapter.backend].filter(Boolean).join(' ')],
    ['   features', features.length === 0 ? 'none' : features.join(', ')],
    ['   subgroups', subgroupSizes === null ? 'none' : `${subgroupSizes[0]} to ${subgroupSizes[1]} lanes`],
  ];
  const bytes = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxComputeWorkgroupStorageSize'];
  const counts = [
    'maxComputeInvocationsPerWorkgroup',
    'maxComputeWorkgroupsPerDimension',
    'maxStorageBuffersPerShaderStage',
  ];
  const shown = [
    ...bytes.filter((name) => name in limits).map((name) => `${name} ${formatBytes(limits[name])}`),
    ...counts.filter((name) => name in limits).map((name) => `${name} ${formatNumber(limits[name])}`),
  ];
  rows.push(['   limits', shown.join(', ')]);
  return rows;
}

interface DataFacts {
  readonly directory: string;
  /** The official files, unchanged; else `problem` says why not. */
  readonly found: boolean;
  readonly problem: string | null;
}

async function findData(directory: string): Promise<DataFacts> {
  try {
    await verifyCifar10(directory);
    return { directory, found: true, problem: null };
  } catch (error) {
    if (error instanceof CsxError) return { directory, found: false, problem: error.message };
    throw error;
  }
}

function printFacts(facts: DoctorFacts, data: DataFacts, out: Channel): void {
  const { runtime, memory, trainingEngine } = facts;
  const { paint } = out;
  const width = Math.min(out.columns, 100);
  const section = (title: string, rows: readonly (readonly [string, string])[]): void => {
    out.write(`${paint.bold(title)}\n${twoColumns(rows, width)}\n\n`);
  };
  const packages = Object.entries(runtime.packages).map(([name, version]) => `${name} ${version}`);
  section('Runtime', [
    ['program', `${runtime.name} ${runtime.version} on ${runtime.platform}`],
    ['processor', `${runtime.cpuName}, ${runtime.cpuCount} cores`],
    ['memory in use', memory.residentBytes === null ? 'unknown' : formatBytes(memory.residentBytes)],
    ['packages', packages.join(', ')],
  ]);
  section(
    'WebGPU adapters',
    facts.adapters.length === 0 ? [['none', 'no driver was found']] : facts.adapters.flatMap(adapterRows),
  );
  section('What csx run takes', [
    ['latent work', facts.hardwareAdapter ?? 'the CPU path (--device gpu --adapter NAME takes a software adapter)'],
    ['training', `${trainingEngine.package} (${trainingEngine.kind}): ${trainingEngine.reason}`],
    [
      'CIFAR-10',
      data.found
        ? `${data.directory}, verified`
        : `only the mini sample; csx data fetch brings the whole set (${data.problem})`,
    ],
  ]);
  if (facts.missing.length === 0) {
    out.write(`${paint.green('Nothing is missing.')}\n`);
    return;
  }
  out.write(`${paint.bold('Missing')}\n`);
  for (const { what, effect, remedy } of facts.missing) {
    out.write(`  ${paint.yellow('!')} ${wrap(what, width - 4).join('\n    ')}\n`);
    out.write(`    ${wrap(`Effect: ${effect}`, width - 4).join('\n    ')}\n`);
    out.write(`    ${wrap(`Remedy: ${remedy}`, width - 4).join('\n    ')}\n`);
  }
}

/** `csx doctor`: what this machine offers. Missing parts are facts, not failures: it ends with 0. */
export const doctor: Command = {
  name: 'csx doctor',
  summary: 'Show what this machine offers, what is missing and how to get it.',
  examples: [
    ['csx doctor', 'runtime, adapters with their features and limits, training engine, data'],
    ['csx doctor --json', 'the same for programs, with all limits'],
  ],
  positionals: [],
  flags: outputFlags,
  async run({ flags }, { terminal, environment }) {
    const facts = await gatherDoctorFacts();
    const data = await findData(dataDirectory(undefined, environment));
    if (flags.get('json') === true) terminal.out.write(`${JSON.stringify({ ...facts, data }, null, 2)}\n`);
    else printFacts(facts, data, terminal.out);
  },
};
