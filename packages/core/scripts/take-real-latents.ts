// Makes a fixture for the test of the same indices from a finished run:
//   npx bun packages/core/scripts/take-real-latents.ts RUN packages/core/test/fixtures/real-latents.npz
// The first 250 training latents of each class, with the logits of the retrained head of arm `none`.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { modelFromFiles } from '../src/backbone/model-files.ts';
import { readWeights } from '../src/backbone/weights.ts';
import { readNpz, writeNpz } from '../src/files/npz.ts';
import { linearLogits } from '../src/training/linear-logits.ts';

const mostPerClass = 250;

const [run, out] = process.argv.slice(2);
if (out === undefined) throw new Error('usage: take-real-latents.ts RUN OUT');

const arrays = readNpz(await readFile(join(run, 'latents.npz')), 'latents.npz');
const train = arrays.get('train');
const trainLabels = arrays.get('trainLabels');
if (train?.dtype !== 'float32' || trainLabels === undefined) throw new Error(`${run}: no train latents`);
const d = train.shape[1];
const taken = new Map<number, number>();
const rows = [...trainLabels.data].map(Number).flatMap((label, row) => {
  const before = taken.get(label) ?? 0;
  taken.set(label, before + 1);
  return before < mostPerClass ? [row] : [];
});
const data = new Float32Array(rows.length * d);
for (const [i, row] of rows.entries()) data.set((train.data as Float32Array).subarray(row * d, (row + 1) * d), i * d);
const latents = { data, n: rows.length, d };

const model = await modelFromFiles((name) => readFile(join(run, 'models', 'heads', 'none', name)));
const logits = linearLogits(latents, await readWeights(model));
const fixture = writeNpz(
  {
    latents: { dtype: 'float32', shape: [latents.n, d], data },
    labels: {
      dtype: 'uint32',
      shape: [latents.n],
      data: Uint32Array.from(rows, (row) => Number(trainLabels.data[row])),
    },
    logits: { dtype: 'float32', shape: [logits.n, logits.d], data: new Float32Array(logits.data) },
  },
  { compress: true },
);
await writeFile(out, fixture);
process.stdout.write(`${out}: ${latents.n} rows of ${d}, ${fixture.length} bytes\n`);
