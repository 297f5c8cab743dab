import type { AdapterSource } from './choose.ts';
import type { DoctorFacts, HostAdapter, MissingPart, ProcessMemory, RuntimeDescription } from './contract.ts';
import { driverHint } from './driver-hint.ts';

export type TrainingEngineFacts = DoctorFacts['trainingEngine'];

/** Collects what `csx doctor` prints, and says for everything that is missing what it costs and how to get it. */
export async function gatherFacts(from: {
  readonly sources: readonly AdapterSource[];
  readonly operatingSystem: string;
  describeRuntime(): RuntimeDescription;
  processMemory(): ProcessMemory;
  trainingEngine(): TrainingEngineFacts;
  listAdapters(): Promise<readonly HostAdapter[]>;
}): Promise<DoctorFacts> {
  const adapters = await from.listAdapters();
  const hardware = adapters.find((adapter) => !adapter.isSoftware);
  const trainingEngine = from.trainingEngine();
  const missing: MissingPart[] = [];
  if (adapters.length === 0) {
    for (const source of from.sources) {
      const { reason, remedy } = source.whyNothing();
      missing.push({ what: `WebGPU adapter: ${reason}`, effect: 'latent-space work runs on the CPU path', remedy });
    }
  } else if (hardware === undefined) {
    missing.push({
      what: 'hardware adapter: only software adapters were found',
      effect: 'latent-space work runs on the CPU path, which is faster than a software adapter',
      remedy: driverHint(from.operatingSystem),
    });
  }
  if (trainingEngine.kind === 'wasm' && from.operatingSystem !== 'browser') {
    missing.push({
      what: `native training engine: ${trainingEngine.reason}`,
      effect: 'training runs in wasm, 3 to 5 times slower, with the same results',
      remedy: 'Install it: npm install --ignore-scripts onnxruntime-node.',
    });
  }
  return {
    runtime: from.describeRuntime(),
    adapters,
    hardwareAdapter: hardware?.name ?? null,
    trainingEngine,
    memory: from.processMemory(),
    missing,
  };
}
