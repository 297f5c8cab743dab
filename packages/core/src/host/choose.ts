import { AdapterUnavailableError, InvalidOptionError } from '@csx/wgsl-kernels';
import type { AdapterRequest, HostAdapter, WebGpuImplementation } from './contract.ts';
import { matchesText } from './describe.ts';

/** An adapter that exists, and how to get a fresh, unspent object for it. */
export interface Candidate {
  readonly description: HostAdapter;
  fresh(): Promise<GPUAdapter | null>;
}

/** Where a host looks for adapters. Lazy, since opening every driver takes time. */
export interface AdapterSource {
  readonly implementation: WebGpuImplementation;
  /** The implementation's own choice. */
  preferred(powerPreference?: GPUPowerPreference): Promise<Candidate | null>;
  /** Everything it can find, the preferred one first. */
  all(): Promise<readonly Candidate[]>;
  /** After it found nothing: why, and one thing to do about it. */
  whyNothing(): MissingAdapter;
}

/** Why there is no adapter (`libvulkan.so.1 is not installed`), and what to install. */
export interface MissingAdapter {
  readonly reason: string;
  readonly remedy: string;
}

const allowedKeys = new Set(['adapter', 'kind', 'powerPreference', 'implementation']);

function checkRequest(request: AdapterRequest): void {
  for (const key of Object.keys(request)) {
    if (!allowedKeys.has(key)) {
      throw new InvalidOptionError(`adapter: unknown option "${key}", expected one of ${[...allowedKeys].join(', ')}`);
    }
  }
  const { kind, adapter } = request;
  if (kind !== undefined && kind !== 'hardware' && kind !== 'software' && kind !== 'any') {
    throw new InvalidOptionError(`adapter: kind is "${kind}", expected hardware, software or any`);
  }
  if (adapter === '') throw new InvalidOptionError('adapter: the name is empty, expected a part of an adapter name');
  if (typeof adapter === 'number' && !(Number.isInteger(adapter) && adapter >= 0)) {
    throw new InvalidOptionError(`adapter: the number is ${adapter}, expected an integer >= 0`);
  }
}

function hasKind(description: HostAdapter, kind: AdapterRequest['kind']): boolean {
  return kind === undefined || kind === 'any' || description.isSoftware === (kind === 'software');
}

function list(candidates: readonly Candidate[]): string {
  return candidates.map(({ description }, index) => `${index}: ${description.name}`).join(', ');
}

/**
 * Chooses an adapter: the implementation's own default when it fits, else the first that does.
 * Throws AdapterUnavailableError; `driverHint` names the driver to install where only software was found.
 */
export async function chooseAdapter(
  request: AdapterRequest,
  sources: readonly AdapterSource[],
  driverHint: string,
): Promise<Candidate> {
  checkRequest(request);
  const { adapter, kind } = request;
  if (adapter === undefined) {
    for (const source of sources) {
      const candidate = await source.preferred(request.powerPreference);
      if (candidate !== null && hasKind(candidate.description, kind)) return candidate;
    }
  }
  const candidates = (await Promise.all(sources.map((source) => source.all()))).flat();
  if (candidates.length === 0) {
    const causes = sources.map((source) => source.whyNothing());
    throw new AdapterUnavailableError(
      `adapter: no WebGPU adapter found (${causes.map(({ reason }) => reason).join('; ')})`,
      { hint: causes[0].remedy },
    );
  }
  if (typeof adapter === 'number' && adapter >= candidates.length) {
    throw new AdapterUnavailableError(`adapter: number ${adapter} does not exist, found ${list(candidates)}`, {
      hint: 'Ask for one of the adapters found.',
    });
  }
  const named = candidates.filter(({ description }, index) =>
    typeof adapter === 'string' ? matchesText(description, adapter) : adapter === undefined || adapter === index,
  );
  if (named.length === 0) {
    throw new AdapterUnavailableError(`adapter: none matches "${adapter}", found ${list(candidates)}`, {
      hint: 'Ask for one of the adapters found.',
    });
  }
  const chosen = named.find(({ description }) => hasKind(description, kind));
  if (chosen !== undefined) return chosen;
  if (kind === 'hardware') {
    throw new AdapterUnavailableError(
      `adapter: only software adapters found (${list(named)}), expected a hardware one; a software adapter computes on the CPU`,
      { hint: driverHint },
    );
  }
  throw new AdapterUnavailableError(`adapter: only hardware adapters found (${list(named)}), expected a software one`, {
    hint: 'Ask for any kind of adapter, or install a software driver such as lavapipe.',
  });
}
