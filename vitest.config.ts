import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { slurmObstacle } from './scripts/slurm/obstacle.ts';
import { vulkanEnvironment } from './test/support/software-vulkan.ts';

// Set here, since the forks inherit it: Vulkan's loader reads it when a process starts.
Object.assign(process.env, await vulkanEnvironment());
// A test that needs an adapter fails without one; nothing is skipped.
process.env.CSX_REQUIRE_GPU ??= '1';

const withoutSlurm = slurmObstacle();
if (withoutSlurm !== undefined) process.stderr.write(`Not run: scripts/slurm/slurm-array.test.ts (${withoutSlurm}).\n`);

// Set by scripts/coverage.mjs.
const childCoverage = process.env.CSX_CHILD_COVERAGE;

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    include: ['packages/*/{src,test}/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(withoutSlurm === undefined ? [] : ['scripts/slurm/**'])],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Only the processes that tests start inherit it; the tests themselves are measured by vitest.
    env: childCoverage === undefined ? {} : { NODE_V8_COVERAGE: childCoverage },
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/dist/**'],
    },
  },
  resolve: {
    alias: [
      { find: /^@csx\/wgsl-kernels$/, replacement: source('wgsl-kernels/src/index.ts') },
      { find: /^@csx\/core$/, replacement: source('core/src/index.ts') },
      { find: /^@csx\/bench$/, replacement: source('bench/src/index.ts') },
      { find: /^@csx\/core\/config$/, replacement: source('core/src/config.ts') },
      { find: /^@csx\/core\/host$/, replacement: source('core/src/host/node.ts') },
      { find: /^@csx\/core\/page$/, replacement: source('core/src/report/page.ts') },
      { find: /^@csx\/core\/files$/, replacement: source('core/src/files/index.ts') },
    ],
  },
});
