import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { benchStep } from './bench-step.ts';
import type { BundleFacts, CampaignContext } from './campaign-context.ts';
import { gatherInfo, inheritedEnvironment } from './info.ts';
import { parseOptions, type StepName, stepNames, UsageError } from './options.ts';
import { Results, type StepReport, type Summary } from './results.ts';
import { runsStep } from './runs-step.ts';
import { testsStep } from './tests-step.ts';

const exitCodes = { complete: 0, failure: 1, usage: 2, noAdapter: 3, left: 75, terminated: 143 } as const;

async function campaign(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), process.env);
  const app = dirname(dirname(fileURLToPath(import.meta.url)));
  const runtime = dirname(app);
  const bundle = JSON.parse(readFileSync(join(app, 'campaign', 'bundle.json'), 'utf8')) as BundleFacts;
  const adapterKind = options.software ? 'software' : 'gpu';
  // A bundle's work is its own: run.sh names the runtime's folder by its content.
  const work = join(options.work, `${basename(runtime)}-${adapterKind}`);
  const results = Results.open(join(work, 'results'), options.out, basename(runtime), adapterKind);
  const log = results.path('campaign.log');
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
    appendFileSync(log, `${line}\n`);
  };

  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      say(`${name}: stopping`);
      abort.abort();
    });
  }

  const places = { node: join(runtime, 'node'), app, runtime, work };
  mkdirSync(work, { recursive: true });
  const info = gatherInfo(bundle, places, inheritedEnvironment(), options.software);
  results.write('info.json', info);
  const adapters = info.trials.at(-1)?.adapters ?? [];
  say(`${info.nvidiaSmi}\n${info.python}`);
  if (info.driver === undefined) {
    const tried = info.trials.map(
      ({ name, error, adapters: found }) =>
        `  ${name}: ${error ?? (found.map(({ name: one }) => one).join(', ') || 'no adapter')}`,
    );
    say(
      `no ${options.software ? 'software' : 'hardware'} adapter; tried\n${tried.join('\n') || "  nothing: NVIDIA's driver was not found"}`,
    );
    return exitCodes.noAdapter;
  }
  say(`adapter: ${adapters.map(({ name }) => name).join(', ')}, through ${info.driver}`);

  const previous = results.summary();
  const reports = new Map<string, StepReport>(previous?.steps.map((step) => [step.name, step]));
  const writeSummary = (slices: number): Summary => {
    const steps = stepNames.map((name) => reports.get(name) ?? { name, state: 'waiting' as const, detail: '' });
    const left = steps.filter(({ state }) => state === 'waiting' || state === 'begun').map(({ name }) => name);
    const summary = {
      bundle: basename(runtime),
      adapterKind,
      slices,
      complete: left.length === 0,
      steps,
      left,
    } as const;
    results.writeSummary(summary);
    results.publish('campaign.log');
    return summary;
  };
  const slices = (previous?.slices ?? 0) + 1;
  writeSummary(slices);

  const run: Readonly<Record<StepName, (context: CampaignContext) => Promise<void>>> = {
    tests: testsStep,
    bench: benchStep,
    runs: (context) => runsStep(context, join(work, 'runs')),
  };
  const publishing = setInterval(() => results.publish('campaign.log'), 20_000);
  for (const name of stepNames) {
    if (!options.only.includes(name) || reports.get(name)?.state === 'done') continue;
    await run[name]({
      options,
      bundle,
      results,
      node: places.node,
      app,
      log,
      environment: { ...inheritedEnvironment(), ...info.driverEnvironment, CSX_REQUIRE_GPU: '1', NO_COLOR: '1' },
      signal: abort.signal,
      say,
      report(state, detail) {
        reports.set(name, { name, state, detail });
        writeSummary(slices);
      },
    });
  }
  clearInterval(publishing);
  const summary = writeSummary(slices);
  process.stdout.write(`${JSON.stringify(summary, undefined, 1)}\n`);
  if (abort.signal.aborted) return exitCodes.terminated;
  if (!summary.complete) return exitCodes.left;
  return summary.steps.every(({ state }) => state === 'done') ? exitCodes.complete : exitCodes.failure;
}

try {
  process.exitCode = await campaign();
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = exitCodes.usage;
  } else throw error;
}
