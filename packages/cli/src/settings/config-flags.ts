import { presets, runConfigSchema } from '@csx/core/config';
import { z } from 'zod';
import type { Flag, FlagType } from '../args/flag.ts';

/** flag -> path in RunConfig. Every option of a run stands here once; help, type and range come from the schema. */
export const configPaths = {
  preset: 'preset',
  seed: 'seed',
  source: 'data.source',
  'major-count': 'data.majorCount',
  'minor-count': 'data.minorCount',
  'held-out-count': 'data.heldOutCount',
  'test-count': 'data.testCount',
  'minor-classes': 'data.minorClasses',
  'class-counts': 'data.classCounts',
  backbone: 'backbone.name',
  width: 'backbone.width',
  epochs: 'backbone.epochs',
  'batch-size': 'backbone.batchSize',
  'peak-learning-rate': 'backbone.peakLearningRate',
  momentum: 'backbone.momentum',
  'weight-decay': 'backbone.weightDecay',
  flip: 'backbone.flip',
  shift: 'backbone.shift',
  'head-learning-rate': 'head.learningRate',
  'head-batch-size': 'head.batchSize',
  'head-momentum': 'head.momentum',
  'head-weight-decay': 'head.weightDecay',
  'joint-schedule': 'joint.schedule',
  'joint-learning-rate': 'joint.learningRate',
  'class-weighting': 'losses.classWeighting',
  'effective-beta': 'losses.effectiveBeta',
  'focal-gamma': 'losses.focalGamma',
  'ldam-margin': 'losses.ldamMargin',
  'ldam-scale': 'losses.ldamScale',
  'ldam-deferral': 'losses.ldamDeferral',
  'asymmetric-margin': 'losses.asymmetricMargin',
  'logit-tau': 'losses.logitTau',
  retraining: 'method.retraining',
  arms: 'method.arms',
  iterations: 'method.iterations',
  'epochs-per-iteration': 'method.epochsPerIteration',
  minors: 'method.minors',
  'minor-ratio': 'method.minorRatio',
  'class-distance': 'method.classDistance',
  assignment: 'method.assignment',
  'class-pairs': 'method.classPairs',
  'pair-accuracy': 'method.pairAccuracy',
  'sample-pairs': 'method.samplePairs',
  'selection-share': 'method.selectionShare',
  'new-share': 'method.newShare',
  placement: 'method.placement',
  reading: 'method.reading',
  gamma: 'method.gamma',
  'p-max': 'method.pMax',
  'p-min': 'method.pMin',
  tau: 'method.tau',
  separable: 'method.separable',
  overlapped: 'method.overlapped',
  algorithm2: 'method.algorithm2',
} as const;

/** The part of JSON Schema that the options use. */
interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
  readonly description?: string;
}

const groups: Readonly<Record<string, string>> = {
  data: 'Data',
  backbone: 'Network (trained on images)',
  head: 'Classifier head (trained on latents, --retraining head)',
  joint: 'Joint retraining (of the whole network, --retraining joint)',
  losses: 'Losses (of the arms that train with another one)',
  method: 'Method',
};

function nodeAt(path: string, schema: SchemaNode): SchemaNode {
  let node: SchemaNode | undefined = schema;
  for (const key of path.split('.')) node = node?.properties?.[key];
  if (node === undefined) throw new Error(`config-flags: the run's schema has no option ${path}`);
  return node;
}

function typeOf(node: SchemaNode): FlagType {
  if (node.type === 'boolean') return { kind: 'boolean' };
  if (node.type === 'object') return { kind: 'counts' };
  if (node.enum !== undefined) return { kind: 'choice', choices: node.enum };
  if (node.type === 'array') {
    if (node.items?.type === 'object') return { kind: 'pairs' };
    const choices = node.items?.enum;
    return choices === undefined ? { kind: 'list', hint: 'A,B,...' } : { kind: 'list', hint: 'A,B,...', choices };
  }
  if (node.type === 'number' || node.type === 'integer') {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node;
    return {
      kind: 'number',
      integer: node.type === 'integer',
      ...(minimum === undefined ? {} : { min: minimum }),
      // zod writes the largest safe integer for "no bound".
      ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? {} : { max: maximum }),
      ...(exclusiveMinimum === undefined ? {} : { above: exclusiveMinimum }),
      ...(exclusiveMaximum === undefined ? {} : { below: exclusiveMaximum }),
    };
  }
  throw new Error(`config-flags: no flag can express a ${node.type}`);
}

/** An option's value as it is typed. */
export function showValue(value: unknown): string {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value)
      .map(([name, count]) => `${name}:${String(count)}`)
      .join(',');
  if (!Array.isArray(value)) return String(value);
  const items: unknown[] = value;
  const isPair = (item: unknown): item is { minor: string; major: string } =>
    typeof item === 'object' && item !== null && 'minor' in item && 'major' in item;
  return items.map((item) => (isPair(item) ? `${item.minor}:${item.major}` : String(item))).join(',');
}

/** The value at a path such as `method.gamma`, or undefined. */
export function valueAt(config: unknown, path: string): unknown {
  let value = config;
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  return value;
}

/** "default 120; quick, paper: 3000": the default, and the presets that set another value. */
function showDefault(path: string, fallback: unknown): string | undefined {
  const parts = fallback === undefined ? [] : [`default ${showValue(fallback)}`];
  const others = new Map<string, string[]>();
  for (const [name, preset] of path === 'preset' ? [] : Object.entries(presets)) {
    const value = valueAt(preset, path);
    if (value === undefined || showValue(value) === showValue(fallback)) continue;
    others.set(showValue(value), [...(others.get(showValue(value)) ?? []), name]);
  }
  for (const [value, names] of others) parts.push(`${names.join(', ')}: ${value.replaceAll(',', ', ')}`);
  return parts.length === 0 ? undefined : parts.join('; ');
}

/** Descriptions name other options as the configuration does; on the command line they are flags. */
function withFlags(description: string): string {
  return description.replace(/\b[a-z]+[A-Z]\w*\b/g, (word) => {
    const entry = Object.entries(configPaths).find(([, path]) => path.split('.').at(-1) === word);
    return entry === undefined ? word : `--${entry[0]}`;
  });
}

/** CSX_P_MAX for p-max. */
export const environmentName = (flag: string) => `CSX_${flag.toUpperCase().replaceAll('-', '_')}`;

function makeFlag(name: string, path: string, schema: SchemaNode): Flag {
  const node = nodeAt(path, schema);
  const section = path.includes('.') ? path.split('.')[0] : undefined;
  const shownDefault = showDefault(path, node.default);
  return {
    name,
    type: typeOf(node),
    help: withFlags(node.description ?? path),
    group: section === undefined ? 'Run' : groups[section],
    environment: environmentName(name),
    ...(shownDefault === undefined ? {} : { shownDefault }),
  };
}

/** The flags of a run's options, in the order of the table. */
export function configFlags(): Flag[] {
  const schema = z.toJSONSchema(runConfigSchema, { io: 'input' }) as SchemaNode;
  return Object.entries(configPaths).map(([name, path]) => makeFlag(name, path, schema));
}
