import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { tuningFile } from '@csx/core/files';
import { requestAdapter } from '@csx/core/host';
import { describe, expect, it } from 'vitest';
import { csx, temporaryDirectory } from './support/csx.ts';

describe('csx bench compare', () => {
  it('wants two records', async () => {
    expect(await csx(['bench', 'compare'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('csx bench compare: RECORD is missing'),
    });
    expect(await csx(['bench', 'compare', 'a.json'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('bench compare: got 1 record(s), expected 2 to 26'),
    });
  });
});

describe('csx bench tune', () => {
  it('is told an adapter that there is', async () => {
    expect(await csx(['bench', 'tune', '--adapter', 'no-such-adapter'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('error: adapter: none matches "no-such-adapter"'),
    });
  });

  it('leaves a table that later commands read, and refuse where it is damaged', async () => {
    const { adapter } = await requestAdapter();
    const cache = temporaryDirectory();
    const file = tuningFile(adapter, cache);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '{');
    const directory = temporaryDirectory();
    const latents = new URL('../../core/test/fixtures/numpy-stored.npz', import.meta.url).pathname;
    writeFileSync(join(directory, 'x.npz'), readFileSync(latents));
    const pair = (environment: Record<string, string>) =>
      csx(['pair', 'x.npz:latents', 'x.npz:latents', '-o', 'out.npz', '--force', '--adapter', 'software'], {
        directory,
        environment,
      });
    const { code, stderr } = await pair({ CSX_CACHE_DIR: cache });
    expect([code, stderr]).toEqual([4, expect.stringContaining(`${basename(file)}: not JSON`)]);
    expect(stderr).toContain('measure again with csx bench tune');
    expect(await pair({ CSX_CACHE_DIR: temporaryDirectory() })).toMatchObject({ code: 0 });
  });
});
