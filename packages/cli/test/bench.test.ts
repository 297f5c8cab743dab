import { describe, expect, it } from 'vitest';
import { csx, type Runtime } from './support/csx.ts';

describe('csx bench', () => {
  it('lists cases and adapters, and measures nothing', async () => {
    const cases = await csx(['bench', '--list', '--filter', 'nearest']);
    expect([cases.code, cases.stderr]).toEqual([0, expect.not.stringContaining('error')]);
    expect(cases.stdout).toMatch(/^nearest: /);
    const adapters = await csx(['bench', '--list-adapters']);
    expect(adapters.code).toBe(0);
    expect(adapters.stdout).toMatch(/^[a-z0-9.-]+ +.* through dawn/);
  });

  it('refuses a machine without an adapter, and measures on the CPU alone when told to', async () => {
    const environment = { VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: '/nonexistent.json' };
    const { code, stdout, stderr } = await csx(['bench', '--filter', 'nearest: 1000 x 1000'], { environment });
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('error: adapter: no WebGPU adapter found');
    expect(stderr).toContain('--adapter none measures on the CPU alone');
    const alone = await csx(['bench', '--list', '--adapter', 'none', '--filter', 'nearest: 1000 x 1000'], {
      environment,
    });
    expect(alone).toMatchObject({ code: 0, stdout: expect.stringContaining('nearest: 1000 x 1000') });
  });

  it.each<[string[], number, string]>([
    [['--adapter', 'no-such-adapter'], 3, 'error: adapter: none matches "no-such-adapter"'],
    [['--filter', 'no such case'], 2, 'error: bench: no case\'s title contains "no such case"'],
    [['--samples', '0'], 2, 'error: --samples: got "0", expected a whole number, at least 1'],
    [['--sample', '3'], 2, 'hint: did you mean --samples?'],
    [['compared'], 2, 'error: csx bench: unexpected argument "compared"'],
  ])('%j ends with %d', async (words, expected, message) => {
    const { code, stdout, stderr } = await csx(['bench', ...words]);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toContain(message);
  });

  it.each<Runtime>(['node', 'bun', 'deno'])('measures on %s, with workers of the same runtime', async (runtime) => {
    const filter = ['--filter', 'nearest: 1000 x 1000 x 128', '--candidates', 'csx-gpu'];
    const words = ['bench', ...filter, '--samples', '2', '--json', '-'];
    const { code, stdout, stderr } = await csx(words, { runtime });
    expect([code, stderr]).toEqual([0, expect.stringContaining('peaks of the adapter')]);
    const record = JSON.parse(stdout);
    expect(record.runtime.name).toBe(runtime);
    for (const { gflopPerSecond, gbytePerSecond } of record.peaks) {
      expect(gflopPerSecond).toBeGreaterThan(0);
      expect(gbytePerSecond).toBeGreaterThan(0);
    }
    const ours = record.results[0].candidates.find(({ name }: { name: string }) => name === 'csx-gpu');
    expect(ours).toMatchObject({ status: 'measured', peakShare: { arithmetic: expect.any(Number) } });
  });
});
