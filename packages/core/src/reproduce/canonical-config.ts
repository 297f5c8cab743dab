import { type ArmName, type RunConfig, runConfigSchema } from '../run/config.ts';

type Method = RunConfig['method'];

const defaults = runConfigSchema.parse({});

/** Options that no arm's outcome depends on, and those of the training that every arm has. */
const sharedOptions = [
  'retraining',
  'iterations',
  'epochsPerIteration',
  'minorRatio',
  'minors',
  'classDistance',
  'assignment',
  'classPairs',
] as const satisfies readonly (keyof Method)[];

/** What making latents reads, whatever the arm. */
const samplingOptions = [
  'samplePairs',
  'selectionShare',
  'newShare',
  'pMin',
] as const satisfies readonly (keyof Method)[];

const placementOptions = [...samplingOptions, 'placement'] as const;
const asymmetricOptions = [...samplingOptions, 'reading', 'gamma', 'pMax'] as const;

function optionsOf(arm: ArmName, method: Method): readonly (keyof Method)[] {
  switch (arm) {
    case 'none':
      return [];
    case 'random':
    case 'top':
    case 'bottom':
      return placementOptions;
    case 'asymmetric':
      return asymmetricOptions;
    case 'algorithm1': {
      const separable = method.separable === 'random' ? placementOptions : [];
      return [...optionsOf(method.overlapped, method), ...separable, 'tau', 'pairAccuracy', 'separable', 'overlapped'];
    }
    case 'algorithm2':
      return [...optionsOf(method.overlapped, method), 'pairAccuracy', 'algorithm2', 'overlapped'];
  }
}

/**
 * The configuration of one arm with every option that the arm does not read at its default: two configurations that
 * train the same become the same. Of gamma and Pmax only the product counts, so Pmax goes into gamma.
 */
export function canonicalArmConfig(config: RunConfig, arm: ArmName, seed: number): RunConfig {
  const { method } = config;
  const kept = [...sharedOptions, ...optionsOf(arm, method)];
  const own = Object.fromEntries(kept.map((key) => [key, method[key]])) as Partial<Method>;
  const { pMax } = defaults.method;
  // Exact where Pmax is a power of two; else two configurations may stay apart that could have been one.
  const product = 'gamma' in own && method.pMax > 0 && { gamma: (method.gamma * method.pMax) / pMax, pMax };
  const joint = method.retraining === 'joint';
  return withoutOpenOptions({
    ...canonicalStart(config, seed),
    head: joint ? defaults.head : config.head,
    joint: joint ? config.joint : defaults.joint,
    method: { ...defaults.method, ...own, ...product, arms: [arm] },
  });
}

/** The configuration of the first epochs: data and network, and nothing of the method. */
export function canonicalBackboneConfig(config: RunConfig, seed: number): RunConfig {
  return withoutOpenOptions({
    ...canonicalStart(config, seed),
    head: defaults.head,
    joint: defaults.joint,
    method: defaults.method,
  });
}

/** What network and data read. The preset's name is no option: what it set stands here. */
function canonicalStart(
  { data, backbone }: RunConfig,
  seed: number,
): Pick<RunConfig, 'preset' | 'seed' | 'data' | 'backbone'> {
  return { preset: data.source === 'mini' ? 'mini' : 'paper', seed, data, backbone };
}

/** An option that is `undefined` is one that is left out. */
function withoutOpenOptions(config: RunConfig): RunConfig {
  return JSON.parse(JSON.stringify(config)) as RunConfig;
}
