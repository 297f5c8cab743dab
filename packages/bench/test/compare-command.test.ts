import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { launchChromium } from '../../../test/support/chromium.ts';
import { smallRecordFile } from './support/small-records.ts';

const csx = new URL('../../cli/bin/csx.mjs', import.meta.url).pathname;
const records = (['node-swiftshader', 'bun-swiftshader', 'node-lavapipe'] as const).map(smallRecordFile);

const compare = (...args: string[]) =>
  spawnSync(process.execPath, [csx, 'bench', 'compare', ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });

it('writes what it is asked for, and ends with a code of its own where it cannot compare', () => {
  const folder = mkdtempSync(join(tmpdir(), 'csx-compare-'));
  const [html, json] = [join(folder, 'page.html'), join(folder, 'comparison.json')];
  const good = compare(...records, '--baseline', '3', '--html', html, '--json', json);
  expect(good).toMatchObject({ status: 0, stderr: '' });
  expect(good.stdout).toContain('node-lavapipe.json (baseline)');
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ baseline: 'C', groups: [{ place: 'software' }, {}] });
  expect(readFileSync(html, 'utf8')).toMatch(/^<!DOCTYPE html>/);
  const piped = compare(...records, '--json', '-');
  expect(JSON.parse(piped.stdout)).toMatchObject({ baseline: 'A' });
  expect(piped.stderr).toContain('(baseline)');

  for (const [args, code, message] of [
    [[], 2, /RECORD is missing/],
    [[records[0]], 2, /got 1 record/],
    [[records[0], join(folder, 'none.json')], 4, /none\.json cannot be read: there is no such file/],
    [[records[0], html], 4, /page\.html is no whole JSON document/],
    [[...records, '--html', join(folder, 'none', 'x.html')], 1, /x\.html cannot be written: ENOENT/],
  ] as const) {
    const bad = compare(...args);
    expect(bad.status).toBe(code);
    expect(bad.stderr).toMatch(message);
    expect(bad.stdout).toBe('');
  }
  expect(existsSync(join(folder, 'none'))).toBe(false);
});

it('makes a page that fits wide and narrow screens, light and dark, and loads nothing', async () => {
  const html = join(mkdtempSync(join(tmpdir(), 'csx-compare-')), 'page.html');
  expect(compare(...records, '--html', html).status).toBe(0);
  const browser = await launchChromium();
  try {
    const papers: string[] = [];
    for (const [colorScheme, width, shown] of [
      ['light', 1280, '.wide'],
      ['dark', 390, '.narrow'],
    ] as const) {
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
      const requests: string[] = [];
      const errors: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => errors.push(message.text()));
      await page.goto(pathToFileURL(html).href);
      const [overflow, paper] = await page.evaluate(() => [
        document.documentElement.scrollWidth - document.documentElement.clientWidth,
        getComputedStyle(document.body).backgroundColor,
      ]);
      expect(overflow).toBe(0);
      papers.push(String(paper));
      const pictures = await page.locator(`figure ${shown} svg:visible`).all();
      expect(pictures.length).toBeGreaterThan(3);
      for (const picture of pictures) {
        const box = await picture.boundingBox();
        expect(box?.width).toBeGreaterThan(300);
        // Drawn at its own size, or nearly: its text can be read.
        expect(box?.width).toBeGreaterThan(0.9 * Number(await picture.getAttribute('width')));
      }
      expect(requests).toEqual([pathToFileURL(html).href]);
      expect(errors).toEqual([]);
      await page.close();
    }
    expect(papers).toEqual(['rgb(255, 255, 255)', 'rgb(16, 21, 27)']);
  } finally {
    await browser.close();
  }
});
