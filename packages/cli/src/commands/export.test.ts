import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHeadModel, exportTrainingOnnx, modelToFiles } from '@csx/core';
import { DataFormatError } from '@csx/wgsl-kernels';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCommand } from '../args/find-command.ts';
import { parseArgs } from '../args/parse-args.ts';
import { csx } from '../csx.ts';
import { createTerminal } from '../terminal/terminal.ts';
import { exportTraining } from './export.ts';

const directory = mkdtempSync(join(tmpdir(), 'csx-export-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function run(...words: string[]): Promise<string> {
  let text = '';
  const terminal = createTerminal({ write: (part) => (text += part) }, { write: () => true }, {});
  const { flags, positionals, name } = exportTraining;
  await exportTraining.run(parseArgs(words, flags, positionals, name), { terminal, environment: {}, directory });
  return text;
}

describe('csx export', () => {
  const model = createHeadModel(5, 3, 'head');
  beforeAll(async () => {
    for (const [name, bytes] of await modelToFiles(model)) writeFileSync(join(directory, name), bytes);
  });

  it('writes what the library exports, beside the model or elsewhere', async () => {
    expect((await findCommand(csx, ['export', '.'])).node).toBe(exportTraining);
    const text = await run('.', '--batch-size', '4', '--weight-decay', '0.1', '--nesterov');
    const options = { batchSize: 4, momentum: 0.9, weightDecay: 0.1, nesterov: true };
    for (const [name, bytes] of Object.entries(await exportTrainingOnnx(model, options))) {
      expect(readFileSync(join(directory, `${name}.onnx`)).equals(bytes), name).toBe(true);
      expect(text).toContain(`${name}.onnx  `);
    }
    const { files } = JSON.parse(await run('.', '--out', 'there', '--json')) as { files: { path: string }[] };
    expect(files.map(({ path }) => path)).toEqual(['step', 'start', 'predict'].map((name) => `there/${name}.onnx`));
    const defaults = await exportTrainingOnnx(model, { batchSize: 32, momentum: 0.9, weightDecay: 5e-4 });
    expect(readFileSync(join(directory, 'there', 'step.onnx')).equals(defaults.step)).toBe(true);
  });

  it('refuses what is no model, and writes nothing', async () => {
    await expect(run('nowhere')).rejects.toThrow(/nowhere: there is no model\.json/);
    for (const content of ['{', '{"format":"graph-model","modelTopology":{},"weightsManifest":[]}']) {
      const folder = mkdtempSync(join(directory, 'bad-'));
      writeFileSync(join(folder, 'model.json'), content);
      await expect(run(folder), content).rejects.toThrow(DataFormatError);
      await expect(run(folder), content).rejects.toThrow(/model\.json: not a LayersModel/);
      expect(readdirSync(folder)).toEqual(['model.json']);
    }
  });
});
