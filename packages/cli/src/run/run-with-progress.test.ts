import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCpuLatentOps, createGpuLatentOps, createOnnxEngine, type LatentOps } from '@csx/core';
import { runConfigSchema } from '@csx/core/config';
import { DirectoryStore } from '@csx/core/files';
import { requestAdapter } from '@csx/core/host';
import { DeviceLostError } from '@csx/wgsl-kernels';
import { expect, it, onTestFinished } from 'vitest';
import { exitCodeOf } from '../exit-code.ts';
import { resolveRunSettings } from '../settings/run-settings.ts';
import { createTerminal } from '../terminal/terminal.ts';
import type { Machine } from './machine.ts';
import { type Job, resumeCommand, runWithProgress } from './run-with-progress.ts';

const config = runConfigSchema.parse({
  data: { majorCount: 20, minorCount: 8, heldOutCount: 5, testCount: 5 },
  backbone: { name: 'small', width: 0.25, epochs: 1, batchSize: 16 },
  method: { arms: ['bottom', 'asymmetric'], iterations: 3, epochsPerIteration: 1 },
});

async function machineOf(latentOps: LatentOps): Promise<Machine> {
  const engine = await createOnnxEngine({ threads: 1 });
  const environment = {
    runtime: 'test',
    platform: 'test',
    latentOps: latentOps.description,
    adapter: null,
    trainingEngine: engine.name,
    versions: {},
    wgslHashes: {},
  };
  return { latentOps, engine, disposeEngine: () => undefined, environment, reason: `on ${latentOps.description.name}` };
}

it('a device lost in mid-run ends with 3; the last checkpoint stands, and the CPU goes on with it', async () => {
  const location = mkdtempSync(join(tmpdir(), 'csx-lost-'));
  onTestFinished(() => rmSync(location, { recursive: true }));
  let text = '';
  const terminal = createTerminal({ write: () => true }, { write: (part) => (text += part) }, {});
  const context = { terminal, environment: {}, directory: location };
  const settings = resolveRunSettings([]);
  const job: Job = { settings, config, store: new DirectoryStore(location), location, begin: 'new' };

  const lost: unknown = await runWithProgress(job, context, async () => {
    const host = await requestAdapter();
    const latentOps = createGpuLatentOps(host);
    let rounds = 0;
    return machineOf({
      ...latentOps,
      extrapolate: (request) => {
        // Five class pairs a round: in the third round of the first arm.
        if (++rounds === 12) host.device.destroy();
        return latentOps.extrapolate(request);
      },
    });
  }).catch((error: unknown) => error);
  expect(lost).toBeInstanceOf(DeviceLostError);
  expect(exitCodeOf(lost)).toBe(3);
  expect(text).toContain(`csx run --resume --out ${location} --device cpu\n`);

  const { record } = await runWithProgress({ ...job, begin: 'resume' }, context, () => machineOf(createCpuLatentOps()));
  expect(record.timing.resumedCount).toBe(1);
  expect(record.arms.map(({ name, loss }) => [name, loss.length])).toEqual([
    ['bottom', 3],
    ['asymmetric', 3],
  ]);
});

it('the command to go on with names what the run was given on its command line', () => {
  const layer = (values: Record<string, unknown>, prefix: string) => ({
    values: new Map(Object.entries(values)),
    sourceOf: (name: string) => `${prefix}${name}`,
  });
  const settings = resolveRunSettings([
    layer({ data: "/my data/o'r", adapter: 'swiftshader', gamma: -1 }, '--'),
    layer({ threads: 3 }, 'CSX_'),
  ]);
  const job = { settings, location: 'runs/a' };
  const data = `--data '/my data/o'\\''r'`;
  expect(resumeCommand(job, undefined)).toBe(`csx run --resume --out runs/a ${data} --adapter swiftshader`);
  expect(resumeCommand(job, new DeviceLostError('lost'))).toBe(`csx run --resume --out runs/a ${data} --device cpu`);
});
