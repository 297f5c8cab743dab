import { expect, it } from 'vitest';
import { browserByAgent, describeBrowser, ownBrand } from './describe-browser.ts';

const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit';
const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)';

it.each([
  [`${windows} Chrome/147.0.0.0 Safari/537.36`, 'Chrome', '147.0.0.0'],
  [`${windows} Chrome/147.0.0.0 Safari/537.36 Edg/147.0.0.0`, 'Edge', '147.0.0.0'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox', '145.0'],
  [`${mac}/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15`, 'Safari', '26.0'],
  ['Lynx', 'browser', 'Lynx'],
])('%s', (agent, name, version) => {
  expect(browserByAgent(agent)).toEqual({ name, version });
});

it('takes the brand that is neither made up nor what another is built on', () => {
  const chromium = { brand: 'Chromium', version: '147.0.7727.15' };
  const madeUp = { brand: 'Not.A/Brand', version: '8.0.0.0' };
  const chrome = { brand: 'Google Chrome', version: '147.0.7727.15' };
  expect(ownBrand([chromium, madeUp, chrome])).toEqual(chrome);
  expect(ownBrand([madeUp, chromium])).toEqual(chromium);
  expect(ownBrand([])).toBeUndefined();
});

it('asks the browser first, and reads the user agent where it does not tell', async () => {
  const told = {
    fullVersionList: [{ brand: 'Google Chrome', version: '147.0.7727.15' }],
    platform: 'macOS',
    architecture: 'arm',
    bitness: '64',
  };
  const agent = `${windows} Chrome/147.0.0.0 Safari/537.36`;
  const described = await describeBrowser(agent, { getHighEntropyValues: async () => told });
  expect(described).toMatchObject({ name: 'Google Chrome', version: '147.0.7727.15', platform: 'macos-arm64' });
  const other = await describeBrowser(agent, undefined);
  expect(other).toMatchObject({ name: 'Chrome', version: '147.0.0.0' });
});
