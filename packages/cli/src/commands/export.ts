import { join, resolve } from 'node:path';
import type { FileStore } from '@csx/core';
import { CsxError, DataFormatError } from '@csx/wgsl-kernels';
import type { Command } from '../args/command.ts';
import type { Flag } from '../args/flag.ts';
import { formatBytes } from '../terminal/text.ts';
import { outputFlags } from './output-flags.ts';

const group = 'Training';
const flags: readonly Flag[] = [
  {
    name: 'out',
    type: { kind: 'text', hint: 'DIR' },
    help: 'where the files go',
    shownDefault: 'default MODEL',
    group,
  },
  {
    name: 'batch-size',
    type: { kind: 'number', integer: true, min: 1, max: 65_536 },
    help: 'rows of every batch, which the files fix',
    shownDefault: 'default 32',
    group,
  },
  {
    name: 'momentum',
    type: { kind: 'number', integer: false, min: 0, below: 1 },
    help: 'of the update',
    shownDefault: 'default 0.9',
    group,
  },
  {
    name: 'weight-decay',
    type: { kind: 'number', integer: false, min: 0, max: 1 },
    help: 'of kernels',
    shownDefault: 'default 0.0005',
    group,
  },
  { name: 'nesterov', type: { kind: 'boolean' }, help: "Nesterov's momentum", group },
  ...outputFlags,
];

/** @throws DataFormatError where there is no model, or it is not a LayersModel */
async function readModel(store: FileStore, shown: string) {
  const { modelFromFiles } = await import('@csx/core');
  const hint = 'Name the directory of a saved tfjs LayersModel, with its model.json.';
  if ((await store.read('model.json')) === undefined)
    throw new DataFormatError(`${shown}: there is no model.json`, { hint });
  try {
    return await modelFromFiles((name) => store.read(name));
  } catch (cause) {
    if (cause instanceof CsxError) throw cause;
    throw new DataFormatError(`${shown}/model.json: not a LayersModel (${(cause as Error).message})`, { hint, cause });
  }
}

/** `csx export MODEL`: the training of a tfjs LayersModel as three ONNX files. */
export const exportTraining: Command = {
  name: 'csx export',
  summary: 'Write the training of a tfjs model as ONNX files, for any language.',
  details: [
    'step.onnx is a whole training step (forward pass, loss, gradients, momentum SGD), start.onnx the state to start from, predict.onnx the network in use. Stock ONNX Runtime trains them: hand each output next:NAME of a step back as the input NAME of the next.',
  ],
  examples: [
    ['csx export runs/mini-seed0/models/backbone --out exported', "a run's network, to train on elsewhere"],
    ['csx export my-model --batch-size 128', 'writes my-model/step.onnx, start.onnx and predict.onnx'],
  ],
  positionals: [{ name: 'MODEL', help: 'directory with the model.json of a tfjs LayersModel', required: true }],
  flags,
  async run({ flags, positionals }, { terminal, directory }) {
    const shown = positionals.get('MODEL') ?? '';
    const out = (flags.get('out') as string | undefined) ?? shown;
    const { exportTrainingOnnx } = await import('@csx/core');
    const { DirectoryStore } = await import('@csx/core/files');
    const model = await readModel(new DirectoryStore(resolve(directory, shown)), shown);
    const files = await exportTrainingOnnx(model, {
      batchSize: (flags.get('batch-size') as number | undefined) ?? 32,
      momentum: (flags.get('momentum') as number | undefined) ?? 0.9,
      weightDecay: (flags.get('weight-decay') as number | undefined) ?? 5e-4,
      nesterov: flags.get('nesterov') === true,
    });
    const target = new DirectoryStore(resolve(directory, out));
    const written: { path: string; bytes: number }[] = [];
    for (const [name, bytes] of Object.entries(files)) {
      await target.write(`${name}.onnx`, bytes);
      written.push({ path: join(out, `${name}.onnx`), bytes: bytes.length });
    }
    if (flags.get('json') === true) {
      terminal.out.write(`${JSON.stringify({ files: written }, null, 2)}\n`);
      return;
    }
    for (const { path, bytes } of written) terminal.out.write(`${path}  ${formatBytes(bytes)}\n`);
  },
};
