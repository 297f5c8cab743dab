import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundle } from '../../../test/support/bundle.ts';
import { launchChromium } from '../../../test/support/chromium.ts';
import { trainSmallNetwork } from './same-training/train-small-network.ts';
import { startLoopbackServer } from './support/loopback-server.ts';

const ortFolder = join(import.meta.dirname, '..', '..', '..', 'node_modules', 'onnxruntime-web', 'dist');

it('trains in Chromium through wasm as the native engine does', async () => {
  const page = await bundle(
    join(import.meta.dirname, 'same-training', 'page-main.ts'),
    'same-training-page.js',
    'browser',
  );
  const server = await startLoopbackServer();
  server.answer(({ url = '/' }, response) => {
    const name = url.slice(1);
    if (name === '')
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><script type="module" src="/page.js"></script>');
    else if (name === 'page.js') response.setHeader('content-type', 'text/javascript').end(readFileSync(page));
    // onnxruntime-web looks for its binary beside the script that it is bundled into.
    else if (/^ort-wasm[\w.-]*\.wasm$/.test(name))
      response.setHeader('content-type', 'application/wasm').end(readFileSync(join(ortFolder, name)));
    else response.writeHead(404).end();
  });
  const browser = await launchChromium();
  try {
    const tab = await browser.newPage();
    await tab.goto(server.url);
    const inBrowser = await tab.evaluate(() =>
      (globalThis as unknown as typeof import('./same-training/train-small-network.ts')).trainSmallNetwork(),
    );
    const native = await trainSmallNetwork();
    expect(inBrowser.engine).toContain('wasm');
    expect(native.engine).toContain('native');
    inBrowser.losses.forEach((loss, i) => expect(Math.abs(loss - native.losses[i])).toBeLessThan(1e-5));
    for (const [name, values] of Object.entries(native.weights)) {
      const scale = Math.max(1e-3, ...values.map(Math.abs));
      const worst = Math.max(...values.map((value, k) => Math.abs(value - inBrowser.weights[name][k])));
      // Sums of up to 8 * 1024 terms in another order: sqrt(8192) * 2^-24 = 5e-6 of their size, grown by three steps
      // through four layers by some tens at most.
      expect(worst / scale, name).toBeLessThan(1e-4);
    }
  } finally {
    await browser.close();
    await server.close();
  }
});
