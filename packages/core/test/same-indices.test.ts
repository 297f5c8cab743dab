import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../test/support/bundle.ts';
import { launchChromium } from '../../../test/support/chromium.ts';
import { lavapipeEnvironment, swiftShaderEnvironment } from '../../../test/support/software-vulkan.ts';
import type { AdapterRequest } from '../src/host/contract.ts';
import { createCpuLatentOps } from '../src/latent-ops/cpu-latent-ops.ts';
import { computeIndices, type Indices } from './same-indices/compute-indices.ts';
import { drawLatents } from './same-indices/drawn-latents.ts';
import type { Outcome } from './same-indices/run-elsewhere.ts';
import { type LoopbackServer, startLoopbackServer } from './support/loopback-server.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const fixtures = join(import.meta.dirname, 'fixtures');
const executable = (name: string) => join(root, 'node_modules', '.bin', name);

/** One drawn set, and every set of latents from a real run that the fixtures hold. */
const sets = new Map<string, Uint8Array>([['drawn', drawLatents(20)]]);
for (const file of readdirSync(fixtures)) {
  if (/latents.*\.npz$/.test(file)) sets.set(file, new Uint8Array(readFileSync(join(fixtures, file))));
}

const swiftShader = await swiftShaderEnvironment();
const lavapipe = lavapipeEnvironment();

interface Runner {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Record<string, string>;
  readonly request: AdapterRequest;
  /** A part of what the outcome says about its adapter. */
  readonly adapter: string;
}

const runners: Runner[] = [
  {
    name: 'Node, Dawn, SwiftShader',
    command: [process.execPath],
    environment: swiftShader,
    request: {},
    adapter: 'dawn swiftshader',
  },
  {
    name: 'Bun, Dawn',
    command: [executable('bun')],
    environment: swiftShader,
    request: {},
    adapter: 'dawn swiftshader',
  },
  {
    name: 'Deno, Dawn',
    command: [executable('deno'), 'run', '-A'],
    environment: swiftShader,
    request: { implementation: 'dawn' },
    adapter: 'dawn swiftshader',
  },
  {
    name: 'Deno, built-in',
    command: [executable('deno'), 'run', '-A'],
    environment: swiftShader,
    request: { implementation: 'wgpu' },
    adapter: 'wgpu swiftshader',
  },
];
if (process.env.VK_ICD_FILENAMES !== swiftShader.VK_ICD_FILENAMES) {
  // The machine has an adapter of its own.
  runners.push({
    name: 'Node, Dawn, this machine',
    command: [process.execPath],
    environment: {},
    request: {},
    adapter: 'dawn ',
  });
}
if (lavapipe !== undefined) {
  runners.push({
    name: 'Node, Dawn, lavapipe',
    command: [process.execPath],
    environment: lavapipe,
    request: {},
    adapter: 'dawn llvmpipe',
  });
}

let server: LoopbackServer;
let script: string;
let page: string;
let browser: Browser | undefined;
const expected: Record<string, Indices> = {};

beforeAll(async () => {
  server = await startLoopbackServer();
  script = await bundle(join(import.meta.dirname, 'same-indices', 'process-main.ts'), 'same-indices.mjs', 'node');
  page = readFileSync(
    await bundle(join(import.meta.dirname, 'same-indices', 'page-main.ts'), 'same-indices-page.js', 'browser'),
    'utf8',
  );
  server.answer(({ url = '/' }, response) => {
    const name = url.slice(1);
    if (name === '')
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><script type="module" src="/page.js"></script>');
    else if (name === 'page.js') response.setHeader('content-type', 'text/javascript').end(page);
    else if (sets.has(name)) response.end(sets.get(name));
    else response.writeHead(404).end();
  });
  const cpu = createCpuLatentOps();
  for (const [name, npz] of sets) expected[name] = await computeIndices(cpu, npz, name);
});

afterAll(async () => {
  await browser?.close();
  await server.close();
});

/** Runs the bundled script in a process of its own. */
function runProcess(runner: Runner): Promise<Outcome> {
  const [file, ...before] = runner.command;
  const args = [...before, script, server.url, JSON.stringify([...sets.keys()]), JSON.stringify(runner.request)];
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: { ...process.env, ...runner.environment }, timeout: 100_000 });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(JSON.parse(output));
      else reject(new Error(`${runner.name} ended with ${code ?? signal}: ${errors}`));
    });
  });
}

describe('the same indices everywhere', () => {
  it('starts from a reference that has something to disagree about', () => {
    const drawn = expected.drawn;
    // Pairs with a duplicate: the lower of the two rows is the nearest, the higher the second.
    expect(drawn['0-1 nearest 3'].slice(0, 2)).toEqual([0, 1]);
    expect(drawn['0-1 bottom']).toHaveLength(210);
    expect(drawn['0-1 top']).toHaveLength(210);
    expect(new Set(drawn['0-1 nearest 1']).size).toBeGreaterThan(60);
  });

  it.each(runners.map((runner) => [runner.name, runner] as const))('%s', async (_, runner) => {
    const outcome = await runProcess(runner);
    expect(outcome.adapter).toContain(runner.adapter);
    expect(outcome.sets).toEqual(expected);
  });

  it('Chromium', async () => {
    browser = await launchChromium();
    const tab = await browser.newPage();
    await tab.goto(server.url);
    const outcome = await tab.evaluate(
      ([url, names]) => {
        const { runElsewhere } = globalThis as unknown as typeof import('./same-indices/run-elsewhere.ts');
        return runElsewhere(url, names, {});
      },
      [server.url, [...sets.keys()]] as const,
    );
    expect(outcome.adapter).toBe('browser swiftshader');
    expect(outcome.sets).toEqual(expected);
  });
});
