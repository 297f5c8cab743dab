import { createSession, type TuneOptions, tunableHashes, tuneKernels, type VariantChoice } from '@csx/wgsl-kernels';
import { z } from 'zod';
import type { HostAdapter, HostDevice } from '../host/contract.ts';

const name = z.string();

/** What the variants of the kernels took on one adapter. */
export const tuningTableSchema = z.object({
  schemaVersion: z.literal(1),
  tunedAt: z.iso.datetime(),
  adapter: z.object({
    name,
    vendor: name,
    architecture: name,
    device: name,
    description: z.string().describe('names the driver'),
    implementation: z.enum(['dawn', 'wgpu', 'browser']),
    implementationVersion: name,
    backend: name.nullable(),
  }),
  cases: z.array(
    z.object({
      kernel: name,
      shapeClass: name,
      what: z.string().describe('the shape that was measured'),
      variant: z.string().describe('the fastest'),
      medianMs: z.record(z.string(), z.number().nullable()).describe('by variant; null: far behind'),
      wgslHash: z.string().describe('sha256 of the code of the variants'),
    }),
  ),
});
export type TuningTable = z.infer<typeof tuningTableSchema>;

/** The adapter with its driver and its WebGPU implementation: all that a choice may depend on but the code. */
export function tunedAdapter(adapter: HostAdapter): TuningTable['adapter'] {
  const {
    name: own,
    vendor,
    architecture,
    device,
    description,
    implementation,
    implementationVersion,
    backend,
  } = adapter;
  return { name: own, vendor, architecture, device, description, implementation, implementationVersion, backend };
}

/**
 * Measures the variants of the kernels on a device; some seconds on a GPU, about a minute on a software adapter.
 * Throws the errors of the kernels' session.
 */
export async function tuneDevice({ device, adapter }: HostDevice, options: TuneOptions = {}): Promise<TuningTable> {
  const session = createSession(device);
  try {
    const cases = await tuneKernels(session, options);
    return {
      schemaVersion: 1,
      tunedAt: new Date().toISOString(),
      adapter: tunedAdapter(adapter),
      cases: cases.map((one) => ({ ...one, medianMs: { ...one.medianMs } })),
    };
  } finally {
    session.dispose();
  }
}

/**
 * A table's choice for the sessions of a device. What was measured on another adapter, driver or implementation, or with
 * other code, is left out: kernels then choose for themselves.
 */
export async function tunedChoice({ cases, adapter }: TuningTable, host: HostDevice): Promise<VariantChoice> {
  if (JSON.stringify(adapter) !== JSON.stringify(tunedAdapter(host.adapter))) return () => undefined;
  const session = createSession(host.device);
  const current = await tunableHashes(session);
  session.dispose();
  const usable = cases.filter((one) =>
    current.some(
      ({ kernel, shapeClass, wgslHash }) =>
        kernel === one.kernel && shapeClass === one.shapeClass && wgslHash === one.wgslHash,
    ),
  );
  return (kernel, shapeClass) => usable.find((one) => one.kernel === kernel && one.shapeClass === shapeClass)?.variant;
}
