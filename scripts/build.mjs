// turbo, without its telemetry and update checks: installing csx talks to the npm registry and to nothing else.
// npm scripts cannot set variables on every system; arguments go to turbo.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const turbo = join(root, 'node_modules', 'turbo', 'bin', 'turbo');
const { status } = spawnSync(
  process.execPath,
  [turbo, 'run', 'build', '--filter=./packages/*', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' },
  },
);
process.exitCode = status ?? 1;
