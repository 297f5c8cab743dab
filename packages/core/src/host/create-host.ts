import { InvalidOptionError } from '@csx/wgsl-kernels';
import { type AdapterSource, chooseAdapter } from './choose.ts';
import type { AdapterRequest, Host, HostAdapter, HostDevice, ProcessMemory, RuntimeDescription } from './contract.ts';
import { gatherFacts, type TrainingEngineFacts } from './doctor-facts.ts';
import { driverHint } from './driver-hint.ts';
import { openDevice } from './open-device.ts';

/** What differs between the runtimes. */
export interface HostParts {
  readonly sources: readonly AdapterSource[];
  /** `process.platform`, or `browser`. */
  readonly operatingSystem: string;
  describeRuntime(): RuntimeDescription;
  processMemory(): ProcessMemory;
  trainingEngine(): TrainingEngineFacts;
}

/** Puts a host together from what differs between the runtimes. */
export function createHost(name: RuntimeDescription['name'], parts: HostParts): Host {
  const { sources, operatingSystem } = parts;

  async function listAdapters(): Promise<readonly HostAdapter[]> {
    const found = await Promise.all(sources.map((source) => source.all()));
    return found.flat().map(({ description }) => description);
  }

  async function requestAdapter(request: AdapterRequest = {}): Promise<HostDevice> {
    const { implementation } = request;
    const wanted = sources.filter((source) => implementation === undefined || source.implementation === implementation);
    if (wanted.length === 0) {
      const names = sources.map((source) => source.implementation).join(', ');
      throw new InvalidOptionError(`adapter: implementation "${implementation}" is not on ${name}, expected ${names}`);
    }
    return openDevice(await chooseAdapter(request, wanted, driverHint(operatingSystem)));
  }

  return {
    hostName: () => name,
    describeRuntime: parts.describeRuntime,
    processMemory: parts.processMemory,
    listAdapters,
    requestAdapter,
    gatherDoctorFacts: () => gatherFacts({ ...parts, listAdapters }),
  };
}
