import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStream, type NpyArray, writeNpz } from '@csx/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { resample } from '../src/commands/resample.ts';
import { methods } from '../src/commands/resample-flags.ts';
import { csx, launcher, temporaryDirectory } from './support/csx.ts';

const [n, d] = [400, 6];
const stream = createStream(1, 'testData');
const labels = BigInt64Array.from({ length: n }, (_, row) => BigInt(row % 10 === 0 ? 1 : row % 3 === 0 ? 2 : 0));
const data = Float32Array.from({ length: n * d }, (_, at) => stream.normal() + 2 * Number(labels[Math.floor(at / d)]));
const latents: NpyArray = { dtype: 'float32', shape: [n, d], data };
const archive = writeNpz({ latents, labels: { dtype: 'int64', shape: [n], data: labels } });
const fixtures = fileURLToPath(new URL('../../core/test/fixtures/latents/', import.meta.url));

let directory: string;
beforeAll(() => {
  directory = temporaryDirectory();
  writeFileSync(join(directory, 'latents.npz'), archive);
  const names = ['python.csv', 'pyarrow-wide.parquet', 'numpy-object.npz', 'safetensors-f4.safetensors'];
  for (const name of names) copyFileSync(join(fixtures, name), join(directory, name));
  const linear = (c: number) =>
    writeNpz({
      'fc.weight': {
        dtype: 'float32',
        shape: [c, d],
        data: Float32Array.from({ length: c * d }, () => stream.normal()),
      },
      'fc.bias': { dtype: 'float32', shape: [c], data: new Float32Array(c) },
    });
  writeFileSync(join(directory, 'fc.npz'), linear(3));
  writeFileSync(join(directory, 'small-fc.npz'), linear(2));
  const bad = data.slice();
  bad[7 * d] = Number.NaN;
  bad[9 * d + 2] = Number.NEGATIVE_INFINITY;
  writeFileSync(
    join(directory, 'bad.npz'),
    writeNpz({ latents: { ...latents, data: bad }, labels: { dtype: 'int64', shape: [n], data: labels } }),
  );
});
const run = (...words: string[]) => csx(['resample', ...words, '--device', 'cpu'], { directory });

describe('csx resample', () => {
  it('fills up the rare classes with a linear probe, and says so', async () => {
    const { code, stdout, stderr } = await run('latents.npz', '-o', 'balanced.npz', '--json');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('No classifier was given: a linear probe is fitted to the latents');
    expect(JSON.parse(stdout)).toMatchObject({
      out: 'balanced.npz',
      n,
      d,
      method: 'extrapolation',
      classifier: 'linear probe',
      type: 'float32',
      classes: [
        { name: '0', originalCount: 240, newCount: 0 },
        { name: '1', originalCount: 40, newCount: 200 },
        { name: '2', originalCount: 120, newCount: 120 },
      ],
    });
    // Read again by the same command, ours among the columns that are left out.
    const again = await run('balanced.npz', '-o', 'again.safetensors', '--method', 'smote', '--strategy', '1=250');
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toMatch(/^again\.safetensors {2}720 \+ 10 rows in [\d.]+ s: 1 240 \+ 10\n$/);
    expect(again.stderr).toContain('Not copied: csx_parents, csx_weights, csx_methods, csx_settings.');
  });

  it('takes a classifier, or logits, and gives the same rows in any memory', async () => {
    const words = ['latents.npz', '--classifier', 'fc.npz', '--json'];
    const [much, little] = [
      await run(...words, '-o', 'much.npz'),
      await run(...words, '-o', 'little.npz', '--memory', '96KiB'),
    ];
    expect([much.code, little.code], little.stderr).toEqual([0, 0]);
    expect(JSON.parse(little.stdout)).toMatchObject({ classifier: 'given' });
    expect(readFileSync(join(directory, 'little.npz'))).toEqual(readFileSync(join(directory, 'much.npz')));
    const logits: NpyArray = { dtype: 'float32', shape: [n, 3], data: data.slice(0, 3 * n) };
    writeFileSync(join(directory, 'logits.npz'), writeNpz({ logits, other: latents }));
    const own = ['latents.npz', '--logits', 'logits.npz:logits', '--arm', 'bottom', '-o', 'own.npz'];
    expect((await run(...own)).code).toBe(0);
    const boundary = await run('latents.npz', '--logits', 'logits.npz:logits', '-o', 'refused.npz');
    expect([boundary.code, boundary.stderr]).toEqual([2, expect.stringContaining('a classifier head')]);
  });

  it('the other formats, with their labels and columns', async () => {
    const more = ['--method', 'random-oversampling'];
    expect((await run('python.csv', '-o', 'more.csv', ...more, '--strategy', 'été=6')).code).toBe(0);
    const lines = readFileSync(join(directory, 'more.csv'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(15);
    expect(lines[13]).toMatch(/,été,random-oversampling,\d+,\d+,1,0$/);
    expect(JSON.parse(readFileSync(join(directory, 'more-provenance.json'), 'utf8'))).toMatchObject({
      options: { sampler: 'random-oversampling', samplingStrategy: { été: 6 } },
    });
    const wide = await run('pyarrow-wide.parquet', '-o', 'more.parquet', ...more, '--strategy', '-1=5,20=6');
    expect([wide.code, wide.stdout], wide.stderr).toEqual([0, expect.stringContaining('12 + 3 rows')]);
    const changed = await run('more.parquet', '-o', 'more.npy', '--latents', 'f', ...more, '--strategy', '3=7');
    expect([changed.code, changed.stdout], changed.stderr).toEqual([0, expect.stringContaining('15 + 3 rows')]);
    expect(readdirSync(directory)).toEqual(
      expect.arrayContaining(['more-labels.npy', 'more-provenance.npz', 'more.npy']),
    );
  });

  it('an existing file is only replaced with --force, and a Ctrl-C leaves it', async () => {
    writeFileSync(join(directory, 'kept.npz'), 'kept');
    const [rows, columns] = [30_000, 32];
    const large: NpyArray = {
      dtype: 'float32',
      shape: [rows, columns],
      data: Float32Array.from({ length: rows * columns }, () => stream.normal()),
    };
    const own: NpyArray = {
      dtype: 'uint8',
      shape: [rows],
      data: Uint8Array.from({ length: rows }, (_, row) => row & 3),
    };
    writeFileSync(join(directory, 'large.npz'), writeNpz({ latents: large, labels: own }));
    const words = ['large.npz', '-o', 'kept.npz', '--method', 'smote', '--strategy', '1=8000'];
    expect(await run(...words)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('kept.npz is there'),
    });
    expect(readFileSync(join(directory, 'kept.npz'), 'utf8')).toBe('kept');
    const stopped = await csx(['resample', ...words, '--force', '--device', 'cpu'], {
      directory,
      onStderr: (text, child) => text.includes('search: ') && child.kill('SIGINT'),
    });
    expect([stopped.code, stopped.stderr]).toEqual([130, expect.stringContaining('nothing was written')]);
    expect(readFileSync(join(directory, 'kept.npz'), 'utf8')).toBe('kept');
    expect((await run(...words, '--force')).code).toBe(0);
    expect(readFileSync(join(directory, 'kept.npz')).subarray(0, 2).toString()).toBe('PK');
    expect(readdirSync(directory).filter((name) => name.startsWith('.csx'))).toEqual([]);
  });

  it('its examples are lines that run', async () => {
    const own = temporaryDirectory();
    const fixture = (from: string, to: string) => copyFileSync(join(fixtures, from), join(own, to));
    writeFileSync(join(own, 'latents.npz'), archive);
    fixture('safetensors-f4.safetensors', 'x.safetensors');
    fixture('pyarrow-list-f4.parquet', 'x.parquet');
    // The classes of the line are those of its reader: the file gets these two.
    const { classifier, named } = exampleFiles();
    writeFileSync(join(own, 'fc.safetensors'), classifier);
    writeFileSync(join(own, 'x.safetensors'), named);
    for (const [line] of resample.examples) {
      const { code, stderr } = await csx([...line.split(' ').slice(1), '--device', 'cpu'], { directory: own });
      expect(code, `${line}: ${stderr}`).toBe(0);
    }
  });

  it('its methods are those of core', async () => {
    const { samplerNames } = await import('../../core/src/samplers/resample-options.ts');
    expect([...methods].sort()).toEqual([...samplerNames].sort());
  });
});

/** A safetensors file of one tensor after the other. */
function tensors(entries: Record<string, [string, number[], ArrayBufferView]>, metadata: Record<string, string> = {}) {
  let at = 0;
  const header: Record<string, unknown> = { __metadata__: metadata };
  for (const [name, [dtype, shape, values]] of Object.entries(entries)) {
    header[name] = { dtype, shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  const bytes = Object.values(entries).map(([, , values]) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  );
  return Buffer.concat([size, json, ...bytes]);
}

function exampleFiles() {
  const rows = 60;
  const own = BigInt64Array.from({ length: rows }, (_, row) => BigInt(row % 4 === 0 ? 0 : row % 4 === 1 ? 1 : 2));
  const values = Float32Array.from({ length: rows * d }, () => stream.normal());
  const classifier = tensors({
    weight: ['F32', [3, d], Float32Array.from({ length: 3 * d }, () => stream.normal())],
    bias: ['F32', [3], new Float32Array(3)],
  });
  const metadata = { csx_class_names: '["cat","dog","ship"]' };
  return {
    classifier,
    named: tensors({ labels: ['I64', [rows], own], latents: ['F32', [rows, d], values] }, metadata),
  };
}

describe('what csx resample refuses', () => {
  const out = ['-o', 'refused.npz'];
  it.each<[string, string[], number, string]>([
    ['no output', ['latents.npz'], 2, '--out is missing'],
    ['an output of no format', ['latents.npz', '-o', 'x.pt'], 4, 'x.pt: expected a name that ends in one of .npz .npy'],
    ['an output in no directory', ['latents.npz', '-o', 'no/x.npz'], 1, 'no/x.npz: its directory is not there'],
    ['a file that is not there', ['none.npz', ...out], 4, 'none.npz: there is no such file'],
    ['Python objects', ['numpy-object.npz', ...out], 4, 'holds Python objects'],
    [
      'rows that are not finite',
      ['bad.npz', ...out],
      2,
      '2 rows hold NaN or infinity: row 7 (NaN in column 0), row 9 (-Infinity in column 2)',
    ],
    ['an array that is not there', ['latents.npz', '--labels', 'y', ...out], 4, 'but no y'],
    [
      'a class that is not there',
      ['latents.npz', '--strategy', 'cat=500', ...out],
      2,
      'no class is called cat, expected one of 0, 1, 2',
    ],
    [
      'fewer rows than there are',
      ['latents.npz', '--strategy', '0=10', ...out],
      2,
      'asks for 10 rows of class 0, which has 240',
    ],
    ['a strategy that is none', ['latents.npz', '--strategy', 'much', ...out], 2, '--strategy: got "much"'],
    ['a method that is none', ['latents.npz', '--method', 'smot', ...out], 2, 'did you mean smote?'],
    ['an option of another method', ['latents.npz', '--method', 'smote', '--gamma', '1', ...out], 2, 'gamma'],
    [
      'a classifier of other classes',
      ['latents.npz', '--classifier', 'small-fc.npz', ...out],
      2,
      '6 values and 2 classes',
    ],
    [
      'a classifier that is none',
      ['latents.npz', '--classifier', 'latents.npz', ...out],
      4,
      'expected one matrix called weight',
    ],
    ['logits of other rows', ['latents.npz', '--logits', 'fc.npz:fc.weight', ...out], 2, 'logits of 3 rows'],
    ['too little memory', ['latents.npz', '--method', 'smote', '--memory', '40KiB', ...out], 2, 'expected at least'],
    [
      'a method that needs more',
      ['latents.npz', '--method', 'adasyn', '--memory', '100KiB', ...out],
      2,
      'adasyn needs all 400 rows of 6 values in memory, about 1 MiB',
    ],
  ])('%s', async (_, words, exitCode, message) => {
    const before = readdirSync(directory);
    const { code, stdout, stderr } = await run(...words);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(readdirSync(directory)).toEqual(before);
  });

  it('a full disk: the old file is still there', async () => {
    // A limit of file sizes stands in for it; the scratch file of the table hits it, or the output.
    const own = temporaryDirectory();
    mkdirSync(join(own, 'out'));
    writeFileSync(join(own, 'latents.npz'), archive);
    writeFileSync(join(own, 'out', 'x.npz'), 'kept');
    const { code, stderr } = await csx(['resample', 'latents.npz', '-o', 'out/x.npz', '--method', 'smote', '--force'], {
      directory: own,
      shell: "trap '' XFSZ; ulimit -f 1; exec {}",
      environment: { CSX_DEVICE: 'cpu' },
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('x.npz: cannot write: the file would be larger than allowed'),
    ]);
    expect(readdirSync(join(own, 'out'))).toEqual(['x.npz']);
    expect(readFileSync(join(own, 'out', 'x.npz'), 'utf8')).toBe('kept');
  });
});

describe('the round trip of a PyTorch user', () => {
  const python = '/usr/bin/python3';
  const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
  it(hasTorch ? 'the example of the guide retrains a head' : 'not run: there is no torch', () => {
    if (!hasTorch) return;
    const own = temporaryDirectory();
    const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
    const words = [
      file('support/retrain-toy.py'),
      file('../../core/examples/retrain-head.py'),
      process.execPath,
      launcher,
    ];
    const { status, stdout, stderr } = spawnSync(python, words, { cwd: own, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const facts = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(facts).toMatchObject({
      counts: [600, 600, 600],
      givenAreFirst: true,
      madeOfParents: true,
      methods: ['extrapolation-asymmetric'],
    });
    expect(facts.after).toBeGreaterThan(facts.before);
  });
});
