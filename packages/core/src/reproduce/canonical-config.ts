import { type ArmName, type RunConfig, runConfigSchema } from '../run/config.ts';

type Method = RunConfig['method'];
type Losses = RunConfig['losses'];

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
    default:
      return [];
  }
}

function lossOptionsOf(arm: ArmName, { classWeighting }: Losses): readonly (keyof Losses)[] {
  switch (arm) {
    case 'class-weights':
      return classWeighting === 'inverse' ? ['classWeighting'] : ['classWeighting', 'effectiveBeta'];
    case 'focal':
      return ['focalGamma'];
    case 'ldam-drw':
      return ['ldamMargin', 'ldamScale', 'ldamDeferral', 'effectiveBeta'];
    case 'asymmetric-margin':
      return ['asymmetricMargin'];
    case 'logit-adjustment':
      return ['logitTau'];
    default:
      return [];
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
  const losses = Object.fromEntries(lossOptionsOf(arm, config.losses).map((key) => [key, config.losses[key]]));
  const { pMax } = defaults.method;
  // Exact where Pmax is a power of two; else two configurations may stay apart that could have been one.
  const product = 'gamma' in own && method.pMax > 0 && { gamma: (method.gamma * method.pMax) / pMax, pMax };
  const joint = method.retraining === 'joint';
  return withoutOpenOptions({
    ...canonicalStart(config, seed),
    head: joint ? defaults.head : config.head,
    joint: joint ? config.joint : defaults.joint,
    losses: { ...defaults.losses, ...losses },
    method: { ...defaults.method, ...own, ...product, arms: [arm] },
  });
}

/** The configuration of the first epochs: data and network, and nothing of the method. */
export function canonicalBackboneConfig(config: RunConfig, seed: number): RunConfig {
  return withoutOpenOptions({
    ...canonicalStart(config, seed),
    head: defaults.head,
    joint: defaults.joint,
    losses: defaults.losses,
    method: defaults.method,
  });
}

/**
 * A configuration as its hash reads it: options that are newer than the first caches are left out where they have their
 * defaults, so that what was done before them keeps its name.
 */
export function hashedConfig({ losses, ...config }: RunConfig): object {
  const isDefault = Object.entries(losses).every(([key, value]) => value === defaults.losses[key as keyof Losses]);
  return isDefault ? config : { ...config, losses };
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
