// Runs the tests and prints one coverage report over what the tests execute in their own process (measured by vitest) and
// over what they start as processes of their own: the command line (V8's counters over dist, read by c8 through the
// source maps). c8 knows lines, vitest knows statements; a statement counts as run when either saw it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import libCoverage from 'istanbul-lib-coverage';
import libReport from 'istanbul-lib-report';
import reports from 'istanbul-reports';

/** Least share of each, in percent; raise them when the figures rise. */
const thresholds = { lines: 94, statements: 94, functions: 92, branches: 80 };

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'coverage');
const raw = join(folder, 'raw');
const bin = (name) => join(root, 'node_modules', '.bin', name);

function run(name, args, environment = {}) {
  const { status } = spawnSync(bin(name), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(raw, { recursive: true });

// Arguments go to vitest, to measure a part: npm run coverage -- packages/cli
const chosen = process.argv.slice(2);
const units = ['--coverage.enabled', '--coverage.reporter=json', '--coverage.reportsDirectory=coverage/units'];
run('vitest', ['run', ...units, ...chosen], { CSX_CHILD_COVERAGE: raw });
const reportChildren = ['report', '--temp-directory', raw, '--reports-dir', 'coverage/children', '--reporter', 'json'];
run('c8', [
  ...reportChildren,
  '--include',
  'packages/*/dist/**',
  '--include',
  'packages/*/src/**',
  '--exclude',
  '**/*.test.ts',
]);

function read(part) {
  const file = join(folder, part, 'coverage-final.json');
  return libCoverage.createCoverageMap(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
}

const merged = read('units');
const children = read('children');
for (const path of merged.files()) {
  if (!children.files().includes(path)) continue;
  const linesRun = children.fileCoverageFor(path).getLineCoverage();
  const wasRun = ({ start }) => (linesRun[start.line] ?? 0) > 0;
  const { statementMap, s, fnMap, f, branchMap, b } = merged.fileCoverageFor(path).data;
  for (const [id, location] of Object.entries(statementMap)) if (wasRun(location)) s[id] ||= 1;
  for (const [id, { loc }] of Object.entries(fnMap)) {
    // The line of its head runs when it is made; only one inside says that it was called.
    const inside = Object.values(statementMap).filter(
      ({ start, end }) => start.line > loc.start.line && end.line <= loc.end.line,
    );
    if (inside.some(wasRun)) f[id] ||= 1;
  }
  for (const [id, { loc, locations }] of Object.entries(branchMap)) {
    locations.forEach((location, arm) => {
      // Of arms on the line of the condition, lines cannot tell which was taken.
      if (location.start?.line > loc.start.line && wasRun(location)) b[id][arm] ||= 1;
    });
  }
}

const context = libReport.createContext({ dir: folder, coverageMap: merged, defaultSummarizer: 'pkg' });
for (const name of ['html', 'lcovonly', 'json-summary', 'text-summary']) reports.create(name).execute(context);

const summary = merged.getCoverageSummary();
const low = Object.entries(thresholds).filter(([name, least]) => summary[name].pct < least);
for (const [name, least] of low) {
  process.stderr.write(`coverage: ${name} are at ${summary[name].pct} %, expected at least ${least} %\n`);
}
process.exitCode = low.length > 0 ? 1 : 0;
