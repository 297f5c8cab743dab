import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { packTar, unpackTar } from 'modern-tar';
import { type CampaignContext, hasTime } from './campaign-context.ts';
import { runChild } from './child.ts';

/** One run of the experiment. */
interface PlannedRun {
  readonly name: string;
  readonly arguments: readonly string[];
}

/** `runs.json`, in the work folder: failures of each run. */
type Failures = Record<string, readonly string[]>;

const archiveFile = 'runs.tar.gz';
const mostFailures = 2;
/** Of a finished run, what is kept beside the checkpoints' folder. */
const keptFiles = ['record.json', 'report.html'];

/** The paper's run with both ways of retraining for every seed; the first seed's come first. */
export function plannedRuns(seeds: number, software: boolean, data: string | undefined): PlannedRun[] {
  const size = software
    ? [
        '--preset',
        'mini',
        '--arms',
        'none,asymmetric',
        '--iterations',
        '3',
        '--epochs',
        '5',
        '--adapter',
        'software',
        '--engine',
        'gpu',
      ]
    : ['--preset', 'paper', '--width', '1', '--device', 'gpu', '--engine', 'gpu', '--data', data ?? ''];
  return Array.from({ length: seeds }, (_, seed) =>
    ['head', 'joint'].map((retraining) => ({
      name: `${retraining}-seed${seed}`,
      arguments: [...size, '--retraining', retraining, '--seed', String(seed)],
    })),
  ).flat();
}

async function packRuns(folder: string): Promise<Uint8Array> {
  const entries = readdirSync(folder)
    .sort()
    .flatMap((run) => keptFiles.map((name) => `${run}/${name}`))
    .filter((name) => existsSync(join(folder, name)));
  const tar = await packTar(
    entries.map((name) => {
      const body = new Uint8Array(readFileSync(join(folder, name)));
      return { header: { name, size: body.length, mode: 0o644, mtime: statSync(join(folder, name)).mtime }, body };
    }),
  );
  return gzipSync(tar);
}

/** Puts the finished runs of an earlier machine back. */
async function restoreRuns(archive: string, folder: string): Promise<void> {
  for (const { header, data } of await unpackTar(gunzipSync(readFileSync(archive)))) {
    const [run, name] = header.name.split('/');
    if (data === undefined || !/^[\w.-]+$/.test(run) || !keptFiles.includes(name)) continue;
    mkdirSync(dirname(join(folder, run, name)), { recursive: true });
    writeFileSync(join(folder, run, name), data);
  }
}

/** The paper's full run: every planned one to its end, resumed where the last slice left it. */
export async function runsStep(context: CampaignContext, folder: string): Promise<void> {
  const { results, options } = context;
  if (options.data === undefined && !options.software) {
    context.report('waiting', 'for the pieces of cifar10');
    return;
  }
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    if (existsSync(results.path(archiveFile))) await restoreRuns(results.path(archiveFile), folder);
  }
  const planned = plannedRuns(options.seeds, options.software, options.data);
  const failuresFile = join(dirname(folder), 'failures.json');
  const failures: Failures = existsSync(failuresFile)
    ? (JSON.parse(readFileSync(failuresFile, 'utf8')) as Failures)
    : {};
  const finished = ({ name }: PlannedRun): boolean => existsSync(join(folder, name, 'record.json'));
  const gaveUp = ({ name }: PlannedRun): boolean => (failures[name] ?? []).length >= mostFailures;
  const detail = (): string => {
    const doing = planned.find((run) => !finished(run) && !gaveUp(run));
    const failed = planned
      .filter((run) => gaveUp(run) && !finished(run))
      .map(({ name }) => `${name}: ${failures[name].at(-1)}`);
    return [
      `${planned.filter(finished).length} of ${planned.length} runs`,
      ...(doing === undefined ? [] : [`next ${doing.name}`]),
      ...failed,
    ].join('; ');
  };
  for (const run of planned) {
    if (finished(run) || gaveUp(run)) continue;
    if (!hasTime(context, 30)) break;
    context.report('begun', detail());
    const out = join(folder, run.name);
    const begun = existsSync(out) && readdirSync(out).length > 0;
    const csx = (args: readonly string[]) =>
      runChild({
        command: context.node,
        args: ['packages/cli/bin/csx.mjs', 'run', '--out', out, ...args],
        directory: context.app,
        environment: context.environment,
        log: context.log,
        deadline: options.deadline - 20_000,
        signal: context.signal,
      });
    context.say(`${run.name}${begun ? ', resumed' : ''}`);
    const outcome = await csx(begun ? ['--resume', ...run.arguments] : run.arguments);
    if (outcome.code === 0 && finished(run)) {
      context.say(outcome.stdout.trim());
      results.writeBytes(archiveFile, await packRuns(folder));
      for (const name of readdirSync(out)) {
        if (!keptFiles.includes(name)) rmSync(join(out, name), { recursive: true });
      }
    } else if (!outcome.stopped) {
      failures[run.name] = [...(failures[run.name] ?? []), outcome.lastLines || `ended with ${outcome.code}`];
      writeFileSync(failuresFile, JSON.stringify(failures, undefined, 1));
      context.say(`${run.name} failed: ${outcome.lastLines}`);
    }
  }
  const ended = planned.every((run) => finished(run) || gaveUp(run));
  context.report(ended ? (planned.every(finished) ? 'done' : 'failed') : 'begun', detail());
}
