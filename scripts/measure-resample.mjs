// Measures `csx resample` in every format on latents larger than its memory bound:
//   node scripts/measure-resample.mjs DIRECTORY [--rows 200000] [--columns 512] [--memory 256MiB] [--formats npz,csv] > record.json
// The files (some GB) are made in DIRECTORY where they are not there yet. Linux only: peak memory comes from /proc.

import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStream, writeNpz } from '@csx/core';
import { latentOutputPaths, writeLatents } from '@csx/core/files';

const launcher = fileURLToPath(new URL('../packages/cli/bin/csx.mjs', import.meta.url));
const [directory, ...words] = process.argv.slice(2);
const option = (name, value) => (words.includes(name) ? words[words.indexOf(name) + 1] : value);
const n = Number(option('--rows', 200_000));
const d = Number(option('--columns', 512));
const memory = option('--memory', '256MiB');
const formats = option('--formats', 'npz,npy,safetensors,parquet,csv').split(',');
const classCount = 10;

/** Five classes of three parts, five of one, as in the paper. */
const labelOf = (row) => [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 6, 7, 8, 9][(row * 7) % 20];

async function makeSource(path) {
  const names = { latents: 'latents', labels: 'labels' };
  const indices = Uint32Array.from({ length: n }, (_, row) => labelOf(row));
  const classNames = Array.from({ length: classCount }, (_, label) => String(label));
  const none = { parents: new Uint32Array(0), weights: new Float64Array(0), methods: [] };
  async function* given() {
    const rows = 2048;
    const centers = createStream(1, 'testData', 1);
    const center = Float32Array.from({ length: classCount * d }, () => centers.normal());
    for (let first = 0; first < n; first += rows) {
      const count = Math.min(rows, n - first);
      const random = createStream(1, 'testData', 2, first);
      const values = new Float32Array(count * d);
      // Halves of them zero, as behind a ReLU.
      for (let at = 0; at < values.length; at++) {
        const label = labelOf(first + Math.floor(at / d));
        values[at] = Math.max(0, random.normal() + center[label * d + (at % d)] / 4);
      }
      yield new Uint8Array(values.buffer);
    }
  }
  async function* behind() {
    // Nothing is added.
  }
  const labels = { type: 'int64', classNames, indices };
  const content = { n, newCount: 0, d, type: 'float32', names, labels, provenance: none, settings: {} };
  await writeLatents(path, { ...content, rows: { given: given(), behind: behind() } });
}

/** Runs csx, with the peak of its resident memory. */
function run(args) {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let peakKiB = 0;
    const timer = setInterval(() => {
      try {
        const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
        peakKiB = Math.max(peakKiB, Number(peak?.[1] ?? 0));
      } catch {
        // It has just ended.
      }
    }, 50);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.on('close', (code) => {
      clearInterval(timer);
      const seconds = (performance.now() - begin) / 1000;
      if (code === 0) resolve({ seconds, peakMiB: peakKiB / 1024, facts: JSON.parse(stdout) });
      else reject(new Error(`csx ${args.join(' ')} ended with ${code}`));
    });
  });
}

/** Copies a file onto the disk. */
function copySeconds(path) {
  const target = `${path}.copy`;
  const begin = performance.now();
  copyFileSync(path, target);
  fsyncSync(openSync(target, 'r+'));
  const seconds = (performance.now() - begin) / 1000;
  rmSync(target);
  return seconds;
}

const head = join(directory, 'head.npz');
if (!existsSync(head)) {
  const random = createStream(2, 'testData');
  const weight = Float32Array.from({ length: classCount * d }, () => random.normal() / 20);
  writeFileSync(
    head,
    writeNpz({
      weight: { dtype: 'float32', shape: [classCount, d], data: weight },
      bias: { dtype: 'float32', shape: [classCount], data: new Float32Array(classCount) },
    }),
  );
}
const results = [];
for (const format of formats) {
  const source = join(directory, `latents.${format}`);
  if (!existsSync(source)) {
    await makeSource(source);
    // A table of latents and labels alone, as others write it.
    if (format === 'csv') spawnSync('sed', ['-i', '-e', '1s/,csx_.*//', '-e', '2,$s/,,,,,$//', source]);
  }
  const out = join(directory, `out.${format}`);
  const options = ['--classifier', head, '--memory', memory, '--device', 'cpu', '--force', '--json'];
  // What is measured is not the disk's queue of what was made before.
  fsyncSync(openSync(source, 'r+'));
  const copy = copySeconds(source);
  const { seconds, peakMiB, facts } = await run(['resample', source, '-o', out, ...options]);
  const pairing = facts.stageSeconds.search;
  results.push({
    format,
    sourceBytes: statSync(source).size,
    outBytes: statSync(out).size,
    rows: facts.n,
    newRows: facts.newCount,
    copySeconds: copy,
    pairingSeconds: pairing,
    seconds,
    ratio: seconds / (copy + pairing),
    peakMiB,
    stageSeconds: facts.stageSeconds,
  });
  for (const path of latentOutputPaths(out)) rmSync(path);
  process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
}
const machine = { cpu: cpus()[0].model, cores: cpus().length, node: process.version };
process.stdout.write(`${JSON.stringify({ rows: n, columns: d, memory, machine, results }, null, 2)}\n`);
