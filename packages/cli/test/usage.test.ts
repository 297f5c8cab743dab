import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csx, temporaryDirectory } from './support/csx.ts';

describe('usage', () => {
  it('csx alone prints its help on stderr and ends with 2', async () => {
    const { code, stdout, stderr } = await csx([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Commands\n  run ');
  });

  it('--help prints on stdout and ends with 0', async () => {
    for (const words of [
      ['--help'],
      ['help'],
      ['help', 'data', 'fetch'],
      ['run', '-h'],
      ['data', '--help'],
      ['data', 'fetch', '--help'],
    ]) {
      const { code, stdout, stderr } = await csx(words);
      expect([code, stderr], words.join(' ')).toEqual([0, '']);
      expect(stdout).toContain('Usage\n');
    }
  });

  it('--version prints the version', async () => {
    expect(await csx(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  // Each leaves the working directory empty.
  it.each<[string[], string]>([
    [['run', '--gama', '3'], 'error: csx run: unknown option --gama\nhint: did you mean --gamma?\n'],
    [['run', '--gamma'], 'error: csx run: --gamma needs a value\nhint: see csx run --help\n'],
    [['run', '--gamma', '11'], 'error: --gamma: got "11", expected a number, -10 to 10\n'],
    [['run', '--tau', '1.5'], 'error: --tau: got "1.5", expected a number, 0 to 1\n'],
    [['run', '--epochs', '0'], 'error: --epochs: got "0", expected a whole number, at least 1\n'],
    [['run', '--seed', '1', '--seed=2'], 'error: csx run: --seed is given twice\nhint: keep one of them\n'],
    [['run', 'mini'], 'error: csx run: unexpected argument "mini"\nhint: see csx run --help\n'],
    [
      ['run', '--preset', 'papre'],
      'error: --preset: got "papre", expected one of mini, quick, paper\nhint: did you mean paper?\n',
    ],
    [['run', '--minors', 'zebra'], 'error: --minors: class "zebra" does not exist'],
    [['run', '--resume', '--force'], 'error: csx run: --resume and --force exclude each other'],
    [['run', '--resume', '--dry-run'], 'error: csx run: --resume and --dry-run exclude each other'],
    [['run', '--resume'], 'error: csx run --resume: there is no run in runs/mini-seed0'],
    [['rnu'], 'error: csx: unknown command rnu\nhint: did you mean run?\n'],
    [['toString'], 'error: csx: unknown command toString\n'],
    [['data', 'verify', '--no-such'], 'error: csx data verify: unknown option --no-such\n'],
    [['data', 'fetch', 'cifar100'], 'error: csx data fetch: unknown NAME "cifar100"\nhint: did you mean cifar10?\n'],
    [['report'], 'error: csx report: RUN is missing'],
    [['doctor', 'all'], 'error: csx doctor: unexpected argument "all"'],
  ])('csx %j ends with 2 and says why on stderr', async (words, message) => {
    const directory = temporaryDirectory();
    const { code, stdout, stderr } = await csx(words, { directory });
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain('    at ');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('a wrong settings file is named', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'csx.config.json'), '{ "method": { "gama": 1 } }');
    const { code, stderr } = await csx(['run'], { directory });
    expect([code, stderr]).toEqual([
      2,
      'error: csx.config.json: unknown option method.gama\nhint: did you mean method.gamma?\n',
    ]);
    expect(readdirSync(directory)).toEqual(['csx.config.json']);
  });

  it('a wrong variable is named', async () => {
    const { code, stderr } = await csx(['run'], { environment: { CSX_P_MIN: '2' } });
    expect([code, stderr]).toEqual([2, 'error: CSX_P_MIN: got "2", expected a number, 0 to 1\n']);
  });

  it('CSX_DEBUG adds the stack', async () => {
    const { code, stderr } = await csx(['rnu'], { environment: { CSX_DEBUG: '1' } });
    expect(code).toBe(2);
    expect(stderr).toContain('    at ');
  });
});

describe('streams', () => {
  it('a reader that leaves early is no error', async () => {
    const { code, stdout, stderr } = await csx(['run', '--help'], { shell: '{} | head -1' });
    expect([code, stdout.split('\n').length, stderr]).toEqual([0, 2, '']);
  });

  it('a full disk under stdout is one', async () => {
    const { code, stderr } = await csx(['run', '--help'], { shell: '{} > /dev/full' });
    expect([code, stderr]).toEqual([1, 'error: stdout cannot be written (ENOSPC)\n']);
  });

  it('colors on a terminal only, and not against NO_COLOR or on a dumb one', async () => {
    const escapeCode = String.fromCharCode(27);
    const onTerminal = { shell: 'script -qec "{}" /dev/null < /dev/null', environment: { TERM: 'xterm' } };
    expect((await csx(['--help'])).stdout).not.toContain(escapeCode);
    expect((await csx(['--help'], onTerminal)).stdout).toContain(`${escapeCode}[1mUsage`);
    for (const environment of [{ TERM: 'xterm', NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect((await csx(['--help'], { ...onTerminal, environment })).stdout).not.toContain(escapeCode);
    }
  });
});
