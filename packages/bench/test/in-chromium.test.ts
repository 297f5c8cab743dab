import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../../../test/support/chromium.ts';
import { openBrowserBench } from '../src/browser/browser-bench.ts';
import { type RunBenchInput, runBench } from '../src/harness/run-bench.ts';
import { benchOptions } from '../src/options.ts';
import { benchRecordSchema } from '../src/record.ts';
import type { BenchCase } from '../src/suites/bench-case.ts';
import { convolutionCase } from '../src/suites/convolution.ts';
import { nearestCase } from '../src/suites/nearest.ts';
import { trainingStepCase } from '../src/suites/training-step.ts';

// Two threads: ONNX Runtime's wasm starts workers of its own.
const context = { adapter: '', hasGpu: false, threads: 2, seed: 0 };
const csx = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'csx.mjs');

let chromium: Browser;
beforeAll(async () => {
  chromium = await launchChromium();
});
afterAll(() => chromium.close());

let bench: Awaited<ReturnType<typeof openBrowserBench>> | undefined;
const notices: string[] = [];
afterEach(async () => {
  await bench?.close();
  bench = undefined;
  notices.length = 0;
  for (const tab of chromium.contexts().flatMap((one) => one.pages())) await tab.close();
});

async function openBench() {
  bench = await openBrowserBench((text) => notices.push(text));
  return bench;
}

async function openTab(url: string) {
  const tab = await (await chromium.newContext()).newPage();
  await tab.goto(url);
  return tab;
}

/** Measures the cases in a page that is there. */
async function measureInPage(
  opened: Awaited<ReturnType<typeof openBench>>,
  cases: readonly BenchCase[],
  more: Partial<Pick<RunBenchInput, 'progress' | 'done'>> = {},
) {
  const page = await opened.connected();
  return runBench({
    cases,
    options: benchOptions(new Map([['samples', 2]]), 2),
    adapter: page.adapter,
    seed: 0,
    elsewhere: { ...page, startWorker: opened.startWorker },
    progress: opened.progress,
    done: opened.result,
    ...more,
  });
}

it('measures what a page can run, each right, into a record of the same schema', async () => {
  const opened = await openBench();
  const tab = await openTab(opened.url);
  const step = { network: 'small', width: 0.25, batchSize: 8, imageSize: 8 } as const;
  const candidates = ['csx-gpu', 'csx-gpu-f16', 'csx-cpu', 'torch-cpu'] as const;
  const convolution = convolutionCase({ batch: 2, size: 4, inChannels: 8, outChannels: 12 }, 'forward', context);
  const record = await measureInPage(opened, [
    // The others' nearest is measured in processes: jax-js's takes SwiftShader minutes to compile.
    { ...nearestCase(20, 30, 8, context), candidates: ['csx-gpu', 'csx-cpu', 'csx-reference', 'faiss-cpu'] },
    trainingStepCase('training-step', step, candidates, 'csx-gpu', context),
    convolution,
  ]);
  await opened.finish(record);
  expect(benchRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(JSON.parse(JSON.stringify(record)));
  expect(record.runtime).toMatchObject({ name: 'HeadlessChrome', platform: 'linux-x64', cpuName: 'unknown' });
  expect(record.runtime.version).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  expect(record.adapter).toMatchObject({ name: 'swiftshader', implementation: 'browser', isSoftware: true });

  const [nearest, training, single] = record.results;
  const statuses = ({ candidates: all }: (typeof record.results)[number]) =>
    Object.fromEntries(
      all.map(({ name, status, reason }) => [name, reason === null ? status : `${status}: ${reason}`]),
    );
  expect(statuses(nearest)).toEqual({
    'csx-gpu': 'measured',
    'csx-cpu': 'measured',
    'csx-reference': 'measured',
    'faiss-cpu': 'unsupported: it does not run in a page',
  });
  expect(statuses(training)).toEqual({
    'csx-gpu': 'measured',
    'csx-gpu-f16': 'unsupported: the adapter swiftshader has no shader-f16',
    'csx-cpu': 'measured',
    'torch-cpu': 'unsupported: it does not run in a page',
  });
  expect(statuses(single)).toEqual({
    'csx-gpu': 'measured',
    'jax-js': 'measured',
    'onnxruntime-webgpu': 'unsupported: it does not run in a page',
    'tfjs-webgpu': 'measured',
    'onnxruntime-cpu': 'unsupported: it does not run in a page',
  });
  for (const { candidates: all } of record.results) {
    for (const { timing, versions, name, wgsl } of all.filter(({ status }) => status === 'measured')) {
      // Isolated from other origins: 5 microseconds in Chromium, in place of 100.
      expect(timing?.quantumMs).toBeGreaterThan(0);
      expect(timing?.quantumMs).toBeLessThan(0.05);
      expect(timing?.samples).toHaveLength(2);
      expect(Object.values(versions)).not.toContain('unknown');
      if (name === 'csx-gpu') expect(Object.values(wgsl)[0]).toMatch(/^[0-9a-f]{64}$/);
    }
  }

  await tab.getByText('Done', { exact: true }).waitFor();
  expect(await tab.locator('article').count()).toBe(3);
  expect(await tab.locator('article').nth(2).textContent()).toContain('TensorFlow.js, webgpu backend');
  const [download] = await Promise.all([tab.waitForEvent('download'), tab.getByText('Save the record').click()]);
  expect(JSON.parse(readFileSync(await download.path(), 'utf8'))).toEqual(JSON.parse(JSON.stringify(record)));
  // Three libraries that compile on a software driver.
}, 300_000);

/** A case whose one run takes long enough that its page can go away during it. */
const slow = (name: string): BenchCase => ({
  ...nearestCase(2000, 2000, 128, context),
  name,
  candidates: ['csx-reference'],
});

it('gives the candidates of a page that goes away a status, and goes on in one that was reloaded', async () => {
  const opened = await openBench();
  const tab = await openTab(opened.url);
  const during = async (text: string) => {
    if (text.includes('reloaded: sample 1 of')) await tab.reload();
    if (text.includes('closed: sample 1 of')) await tab.close();
  };
  const leaving: Promise<void>[] = [];
  const record = await measureInPage(opened, [slow('reloaded'), slow('left alone'), slow('closed')], {
    progress: (text) => leaving.push(during(text)),
  });
  await Promise.all(leaving);
  expect(
    record.results.map(({ name, candidates: [{ status, reason, timing }] }) => [name, status, reason, timing === null]),
  ).toEqual([
    ['reloaded', 'failed', 'its page was closed', true],
    ['left alone', 'measured', null, false],
    ['closed', 'failed', 'its page was closed', true],
  ]);
  // Nobody comes back within the time for it.
  const worker = opened.startWorker('csx-reference');
  const request = { method: 'time', params: { part: 'warm', repeats: 1 } } as const;
  await expect(worker.call(request, 60_000)).rejects.toMatchObject({
    status: 'failed',
    message: 'its page was closed',
  });
  expect(worker.alive).toBe(false);
  const late = await openTab(opened.url);
  await late.getByText('This run is over. Start the command again.').waitFor();
});

it('is refused where the token is wrong, and heard on the loopback address alone', async () => {
  const { url } = await openBench();
  const { origin, port, pathname } = new URL(url);
  expect(pathname).toMatch(/^\/[0-9a-f]{32}\/$/);
  const statusOf = async (address: string, init?: RequestInit) => (await fetch(address, init)).status;
  const wrong = `${origin}/${'0'.repeat(32)}/`;
  for (const room of ['', 'style.css', 'scripts/main.js', 'onnxruntime/ort.wasm.min.mjs', 'arrays/0/query.f32']) {
    expect(await statusOf(`${wrong}${room}`), room).toBe(403);
  }
  expect(await statusOf(`${origin}/`)).toBe(403);
  expect(await statusOf(`${wrong}hello`, { method: 'POST', body: '{}' })).toBe(403);
  for (const room of ['', 'style.css', 'scripts/main.js', 'onnxruntime/ort.wasm.min.mjs']) {
    expect(await statusOf(`${url}${room}`), room).toBe(200);
  }
  for (const room of ['arrays/0/query.f32', 'scripts/..%2Fmain.js', 'scripts/none.js', 'elsewhere']) {
    expect(await statusOf(`${url}${room}`), room).toBe(404);
  }
  expect(await statusOf(`${url}hello`, { method: 'POST', body: '{}' })).toBe(400);

  const reached = (host: string) =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), host);
      const settle = (is: boolean) => {
        socket.destroy();
        resolve(is);
      };
      socket.once('connect', () => settle(true)).once('error', () => settle(false));
      socket.setTimeout(5000, () => settle(false));
    });
  expect(await reached('127.0.0.1')).toBe(true);
  // What listens on every address is reached by each of these.
  const others = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  for (const host of ['127.0.0.2', ...others.filter((address) => address !== '127.0.0.1')]) {
    expect(await reached(host), host).toBe(false);
  }
});

it('measures one page, in one browser', async () => {
  const { url } = await openBench();
  await (await openTab(url)).getByText('Ready', { exact: true }).waitFor();
  await (await openTab(url)).getByText('Another page is being measured for this run already.').waitFor();
});

it('says what to do where a browser has no WebGPU', async () => {
  const { url } = await openBench();
  const tab = await (await chromium.newContext()).newPage();
  await tab.addInitScript(() => Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined }));
  await tab.goto(url);
  await tab.getByText('This browser gives no WebGPU adapter.').waitFor();
  expect(await tab.locator('#status-text').textContent()).toMatch(/^Use a browser with WebGPU \(Chrome or Edge/);
  await expect.poll(() => notices).toHaveLength(1);
  expect(notices[0]).toMatch(/^a browser without a WebGPU adapter opened the page: Mozilla.*Chrome/);
});

describe('csx bench --browser', () => {
  let folder: string;
  let child: ChildProcess;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'csx-bench-test-'));
  });
  afterAll(() => {
    child.kill();
    rmSync(folder, { recursive: true });
  });

  it('prints the address, and ends with a record of what there was when the page is closed', async () => {
    const file = join(folder, 'record.json');
    const args = ['--browser', '--filter', 'nearest: 1000 x 1000', '--json', file];
    child = spawn(process.execPath, [csx, 'bench', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const found = /http:\S+/.exec(text)?.[0];
        if (found !== undefined) resolve(found);
      });
      child.on('close', () => reject(new Error(text)));
    });
    const tab = await openTab(url);
    await tab.getByText(/sample \d+ of/).waitFor({ timeout: 100_000 });
    await tab.close();
    // A candidate of ours broke.
    expect(await ended).toBe(1);
    const { results } = benchRecordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    expect(results.length).toBeGreaterThan(0);
    for (const { candidates } of results) {
      const gpu = candidates.find(({ name }) => name === 'csx-gpu');
      expect(gpu).toMatchObject({ status: 'failed', reason: 'its page was closed', timing: null });
    }
  });
});
