import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csx, temporaryDirectory } from './support/csx.ts';
import { tinyRun, tinyRunWith } from './support/tiny-run.ts';

/** No driver at all, whatever the machine has. */
const noDrivers = { VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: '/nonexistent.json' };

/** All files under a directory, with their sizes. */
function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(directory, name)).isFile())
    .toSorted();
}

describe('options that do not fit the data end with 2, and nothing is written', () => {
  it.each<[string, string[], string]>([
    [
      'more images than there are',
      tinyRunWith('--major-count', '200'),
      'has 170 training images, asked for 200 to train on + 5 held out',
    ],
    ['more test images than there are', tinyRunWith('--test-count', '61'), 'has 60 test images, asked for 61'],
    ['a class that does not exist', tinyRunWith('--minor-classes', 'bird,zebra'), 'class "zebra" does not exist'],
    ['no minor class', tinyRunWith('--minor-count', '20'), 'no minor class'],
    [
      'no major class',
      tinyRunWith('--minors', 'airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck'),
      'expected at least one major',
    ],
    ['a class with one image', tinyRunWith('--minor-count', '1'), 'rounds to no new latent'],
    ['a pair of two majors', tinyRunWith('--class-pairs', 'truck:dog'), 'truck'],
  ])('%s', async (_, words, message) => {
    const directory = temporaryDirectory();
    const { code, stdout, stderr } = await csx(words, { directory });
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, '']);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('--dry-run refuses them too', async () => {
    const { code, stdout, stderr } = await csx(tinyRunWith('--major-count', '200', '--dry-run'));
    expect(stderr).toContain('has 170 training images');
    expect([code, stdout]).toEqual([2, '']);
  });

  it('a class with one image is enough where it gets new latents', async () => {
    const { code } = await csx(tinyRunWith('--minor-count', '1', '--new-share', '1'));
    expect(code).toBe(0);
  });
});

describe('data', () => {
  it('that is not there ends with 4 and says how to fetch it', async () => {
    const directory = temporaryDirectory();
    const environment = { CSX_CACHE_DIR: join(directory, 'cache'), CSX_DATA_DIR: undefined };
    const { code, stderr } = await csx([...tinyRun, '--source', 'cifar10'], { directory, environment });
    expect(code).toBe(4);
    expect(stderr).toContain('data_batch_1.bin');
    expect(stderr).toContain('csx data fetch');
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each<[string, number, RegExp]>([
    ['cut off', 1000, /data_batch_1\.bin.*1000.*30730000/s],
    ['corrupt', 30_730_000, /data_batch_1\.bin.*[0-9a-f]{64}.*[0-9a-f]{64}/s],
  ])('that is %s ends with 4 and names file and hash', async (_, bytes, message) => {
    const directory = temporaryDirectory();
    const data = join(directory, 'data');
    mkdirSync(data);
    // Sparse: takes no space.
    writeFileSync(join(data, 'data_batch_1.bin'), '');
    truncateSync(join(data, 'data_batch_1.bin'), bytes);
    for (const words of [
      [...tinyRun, '--data', data],
      ['data', 'verify', '--data', data],
    ]) {
      const { code, stdout, stderr } = await csx(words, { directory });
      expect(stderr).toMatch(message);
      expect([code, stdout]).toEqual([4, '']);
    }
    expect(readdirSync(directory)).toEqual(['data']);
  });

  it('--offline does not fetch what is not there', async () => {
    const directory = temporaryDirectory();
    const { code, stderr } = await csx(['data', 'fetch', '--offline', '--cache', join(directory, 'cache')], {
      directory,
    });
    expect([code, readdirSync(directory)]).toEqual([4, []]);
    expect(stderr).toContain('offline');
  });
});

describe('devices', () => {
  it('--device gpu without a driver ends with 3 and names the driver to install', async () => {
    const directory = temporaryDirectory();
    const { code, stderr } = await csx([...tinyRun, '--device', 'gpu'], { directory, environment: noDrivers });
    expect(code).toBe(3);
    expect(stderr).toMatch(/hint: .*driver/);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('an adapter that is not there ends with 3', async () => {
    const { code, stderr } = await csx([...tinyRun, '--adapter', 'voodoo-2']);
    expect(code).toBe(3);
    expect(stderr).toContain('voodoo-2');
  });

  it('auto without a driver takes the CPU and says why', async () => {
    const { code, stderr } = await csx([...tinyRun, '--device', 'auto'], { environment: noDrivers });
    expect(code).toBe(0);
    expect(stderr).toMatch(/latent work on the CPU: .*adapter/);
  });
});

describe('directories', () => {
  it('one with other files in it is left alone', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'thesis.tex'), 'x');
    for (const words of [[], ['--resume'], ['--force']]) {
      const { code, stderr } = await csx([...tinyRun, '--out', '.', ...words], { directory });
      expect([code, stderr]).toEqual([2, expect.stringContaining('. has files in it and holds no run')]);
    }
    expect(readdirSync(directory)).toEqual(['thesis.tex']);
  });

  const unwritable = [
    ['below a file', 'file/run'],
    ['where nothing can be made', '/proc/csx/run'],
    ['that is read-only', '/sys/csx-run'],
  ];
  // Root may write everywhere.
  if (process.getuid?.() !== 0) unwritable.push(['without permission', 'locked/run']);
  it.each(unwritable)('one %s ends with 1 and says so', async (_, out) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    mkdirSync(join(directory, 'locked'));
    chmodSync(join(directory, 'locked'), 0o555);
    const { code, stdout, stderr } = await csx([...tinyRun, '--out', out], { directory });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: .*(cannot|not a directory)/m);
    expect(stderr).not.toContain('    at ');
    expect(filesIn(directory)).toEqual(['file']);
  });

  it('a full disk ends with 1; no part of a file is left, and --resume goes on when there is space', async () => {
    const directory = temporaryDirectory();
    const words = tinyRunWith('--out', 'r');
    // 30 blocks of 512 bytes: run.json fits, the first checkpoint does not.
    const full = await csx(words, { directory, shell: 'ulimit -f 30; {}' });
    expect([full.code, full.stdout]).toEqual([1, '']);
    expect(full.stderr).toMatch(/error: .*cannot write: .*\(EFBIG\)/);
    expect(full.stderr).toContain('csx run --resume --out r');
    expect(filesIn(join(directory, 'r'))).toEqual(['checkpoint/run.json', 'split.json']);
    const resumed = await csx([...words, '--resume'], { directory });
    expect(resumed.code).toBe(0);
    expect(existsSync(join(directory, 'r', 'report.html'))).toBe(true);
  });
});

describe('a directory that holds a run', () => {
  it('is not overwritten, nor resumed with another configuration, nor deleted by options that do not fit', async () => {
    const directory = temporaryDirectory();
    const r = join(directory, 'r');
    const words = tinyRunWith('--out', 'r');
    expect((await csx(words, { directory })).code).toBe(0);
    const record = readFileSync(join(r, 'record.json'), 'utf8');
    const before = filesIn(r);

    const again = await csx(words, { directory });
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/holds a finished run already\nhint: .*--out.*--force/),
    });

    const other = await csx([...words, '--resume', '--gamma', '-0.3'], { directory });
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--gamma is -0.3, but the run in r has -0.4'),
    });

    const variable = await csx(['run', '--resume', '--out', 'r'], { directory, environment: { CSX_TAU: '0.1' } });
    expect(variable).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CSX_TAU is 0.1, but the run in r has 0.7'),
    });

    const unfit = await csx([...tinyRunWith('--out', 'r', '--major-count', '200'), '--force'], { directory });
    expect(unfit.code).toBe(2);

    expect(filesIn(r)).toEqual(before);
    expect(readFileSync(join(r, 'record.json'), 'utf8')).toBe(record);

    const finished = await csx(['run', '--resume', '--out', 'r'], { directory });
    expect(finished.code).toBe(0);
    expect(readFileSync(join(r, 'record.json'), 'utf8')).toBe(record);

    const replaced = await csx([...tinyRunWith('--out', 'r', '--arms', 'none'), '--force'], { directory });
    expect(replaced.code).toBe(0);
    expect(readFileSync(join(r, 'record.json'), 'utf8')).not.toBe(record);
    expect(existsSync(join(r, 'synthetic', 'bottom.npz'))).toBe(false);
  });

  it('with a damaged checkpoint ends with 4 and names the file', async () => {
    const directory = temporaryDirectory();
    const r = join(directory, 'r');
    // Stopped by the size limit after the first epoch's checkpoint would need more than it.
    const words = tinyRunWith('--out', 'r', '--iterations', '200');
    const stopped = await csx(words, {
      directory,
      onStderr: (text, child) => text.includes('arms: ') && child.kill('SIGKILL'),
    });
    expect(stopped.signal).toBe('SIGKILL');
    cpSync(r, join(directory, 'copy'), { recursive: true });
    truncateSync(join(r, 'latents.npz'), 100);
    const cut = await csx([...words, '--resume'], { directory });
    expect(cut).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('latents.npz') });
    writeFileSync(join(directory, 'copy', 'checkpoint', 'run.json'), '{"config": {}');
    const unreadable = await csx(['run', '--resume', '--out', 'copy'], { directory });
    expect(unreadable).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('copy/checkpoint/run.json: not JSON'),
    });
  });
});

describe('numbers that run away', () => {
  it('end with 5 and say what to lower', async () => {
    const { code, stdout, stderr } = await csx(
      tinyRunWith(
        '--head-learning-rate',
        '10',
        '--head-weight-decay',
        '1',
        '--head-momentum',
        '0.9999',
        '--iterations',
        '40',
        '--epochs-per-iteration',
        '20',
        '--arms',
        'none',
      ),
    );
    expect([code, stdout]).toEqual([5, '']);
    expect(stderr).toMatch(/error: .*loss is (NaN|Infinity).*\nhint: lower --head-learning-rate/);
  });
});
