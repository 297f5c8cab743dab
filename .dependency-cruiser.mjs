// Who may import whom. `to` paths are files of this repository or, for packages, their folder in node_modules.
const tests = '\\.test\\.ts$|^packages/[^/]+/(test|scripts|examples)/|^test/';
// Other libraries, measured beside ours: development dependencies, imported by the processes that measure them.
const peers = '^packages/bench/src/peers/';
const packageOf = (name) => `(^|/)node_modules/${name}/|^${name}($|/)`;
const workspace = (name) => `^packages/${name}/|(^|/)node_modules/@csx/${name}/|^@csx/${name}($|/)`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'kernels-are-a-leaf',
      comment: 'wgsl-kernels has no runtime dependency.',
      severity: 'error',
      from: { path: '^packages/wgsl-kernels/src/', pathNot: tests },
      to: { pathNot: '^packages/wgsl-kernels/src/' },
    },
    {
      name: 'nothing-imports-the-cli',
      severity: 'error',
      from: { pathNot: '^packages/cli/' },
      to: { path: workspace('cli') },
    },
    {
      name: 'only-its-command-imports-bench',
      comment: 'csx bench is loaded when it is called; the docs draw its records.',
      severity: 'error',
      from: { pathNot: '^(packages/bench|apps/docs)/|^packages/cli/src/commands/bench[a-z-]*[.]ts$' },
      to: { path: workspace('bench') },
    },
    {
      name: 'core-knows-no-apps',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: '^apps/' },
    },
    {
      name: 'only-run-knows-the-order',
      comment: 'The steps do not import run; types of its config and record are fine.',
      severity: 'error',
      from: {
        path: '^packages/core/src/(random|data|latent-ops|method|samplers|metrics|training|backbone)/',
        pathNot: tests,
      },
      to: { path: '^packages/core/src/run/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'node-modules-of-the-runtime',
      comment: 'The rest of core, and the kernels, run in browsers.',
      severity: 'error',
      from: { path: '^packages/(core|wgsl-kernels)/src/', pathNot: `^packages/core/src/(host|files)/|${tests}` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'node-in-the-browser-host',
      severity: 'error',
      from: { path: '^packages/core/src/host/browser\\.ts$' },
      to: { reachable: true, path: '^(node:|fs$|os$|process$|module$|path$)' },
    },
    {
      name: 'webgpu-only-in-the-host',
      severity: 'error',
      from: { pathNot: `^packages/core/src/host/|${tests}` },
      to: { path: packageOf('webgpu') },
    },
    {
      name: 'tfjs-only-in-the-backbone',
      severity: 'error',
      from: { pathNot: `^packages/core/src/backbone/|${peers}|${tests}` },
      to: { path: packageOf('@tensorflow') },
    },
    {
      name: 'onnx-runtime-only-in-its-room',
      comment: 'The engine on the CPU and the latent operations get it from there.',
      severity: 'error',
      from: { pathNot: `^packages/core/src/onnxruntime/|${tests}` },
      to: { path: packageOf('onnxruntime-[a-z]+') },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: { path: tests },
    },
    {
      name: 'declared-dependencies',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: `${peers}|${tests}` },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^packages/[^/]+/dist/|/\\.vitepress/(cache|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.lint.json' },
    combinedDependencies: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'node', 'import', 'default'] },
  },
};
