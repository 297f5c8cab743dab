import { spawnSync } from 'node:child_process';
import os from 'node:os';
import process from 'node:process';
import type { HostAdapter } from '@csx/core/host';
import type { BundleFacts } from './campaign-context.ts';
import { type DriverCandidate, driverCandidates, findVulkan, softwareCandidate, type VulkanFacts } from './driver.ts';

/** A way to load Vulkan and what came of it. */
export interface DriverTrial {
  readonly name: string;
  readonly adapters: readonly HostAdapter[];
  readonly error: string | undefined;
}

/** `info.json`: the machine as the campaign found it. */
export interface MachineInfo {
  readonly bundle: BundleFacts;
  readonly operatingSystem: string;
  readonly cpu: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly nvidiaSmi: string;
  readonly python: string;
  readonly vulkan: VulkanFacts;
  readonly trials: readonly DriverTrial[];
  /** Name of the trial that the campaign goes on with. */
  readonly driver: string | undefined;
  /** What is added to the environment for it. */
  readonly driverEnvironment: Readonly<Record<string, string>>;
}

/** Dawn hides f16 on NVIDIA unless told. */
export const f16OnNvidia = 'enable-dawn-features=vulkan_enable_f16_on_nvidia';

function output(command: string, ...args: string[]): string {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  return error === undefined ? `${stdout}${stderr}`.trim() : error.message;
}

const pythonFacts = `
import sys
print("python", sys.version.split()[0])
try:
    import torch
    print("torch", torch.__version__, "cuda", torch.version.cuda, torch.cuda.is_available() and torch.cuda.get_device_name(0))
except Exception as error:
    print("no torch:", error)
`;

function tryDriver(
  candidate: DriverCandidate,
  node: string,
  app: string,
  environment: Readonly<Record<string, string | undefined>>,
): DriverTrial {
  const { name } = candidate;
  const { stdout, stderr, status, signal } = spawnSync(node, [`${app}/campaign/find-adapters.mjs`], {
    env: { ...environment, ...candidate.environment },
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status === 0) return { name, adapters: JSON.parse(stdout) as HostAdapter[], error: undefined };
  return { name, adapters: [], error: `ended with ${status ?? signal}: ${stderr.trim().slice(-500)}` };
}

/** Finds a way to the adapter, and gathers what a reader of the results wants to know of the machine. */
export function gatherInfo(
  bundle: BundleFacts,
  places: { readonly node: string; readonly app: string; readonly runtime: string; readonly work: string },
  environment: Readonly<Record<string, string | undefined>>,
  software: boolean,
): MachineInfo {
  const vulkan = findVulkan();
  const before = environment.LD_LIBRARY_PATH;
  const candidates = software
    ? [softwareCandidate(places.runtime, before)]
    : driverCandidates(vulkan, places, before).map(({ name, environment: own }) => ({
        name,
        environment: { ...own, CSX_DAWN_FLAGS: f16OnNvidia },
      }));
  const trials: DriverTrial[] = [];
  let found: DriverCandidate | undefined;
  for (const candidate of candidates) {
    const trial = tryDriver(candidate, places.node, places.app, environment);
    trials.push(trial);
    if (!trial.adapters.some(({ isSoftware }) => isSoftware === software)) continue;
    found = candidate;
    break;
  }
  const [cpu] = os.cpus();
  return {
    bundle,
    operatingSystem: `${os.type()} ${os.release()}`,
    cpu: cpu?.model ?? 'unknown',
    cpuCount: os.cpus().length,
    memoryBytes: os.totalmem(),
    nvidiaSmi: output('nvidia-smi'),
    python: output('python3', '-c', pythonFacts),
    vulkan,
    trials,
    driver: found?.name,
    driverEnvironment: found?.environment ?? {},
  };
}

/** The environment of this process without what run.sh told the campaign. */
export function inheritedEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CSX_CAMPAIGN_')));
}
