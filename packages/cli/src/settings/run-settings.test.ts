import { presets, runConfigSchema } from '@csx/core/config';
import { CsxError } from '@csx/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseArgs } from '../args/parse-args.ts';
import { configFlags, configPaths } from './config-flags.ts';
import { environmentLayer, flagLayer, parseConfigFile } from './layers.ts';
import { machineFlags } from './machine-flags.ts';
import { type RunSettings, resolveRunSettings } from './run-settings.ts';

const flags = [...configFlags(), ...machineFlags];

function resolve(words: string[], environment: Record<string, string> = {}, file: unknown = {}): RunSettings {
  return resolveRunSettings([
    flagLayer(parseArgs(words, flags, [], 'csx run').flags),
    environmentLayer(flags, environment, () => undefined),
    parseConfigFile(JSON.stringify(file), 'csx.config.json'),
  ]);
}

function errorOf(...args: Parameters<typeof resolve>): CsxError {
  try {
    resolve(...args);
  } catch (error) {
    if (error instanceof CsxError) return error;
    throw error;
  }
  throw new Error('no error');
}

interface Node {
  properties?: Record<string, Node>;
}
function leaves(node: Node, path: string[] = []): string[] {
  if (node.properties === undefined) return [path.join('.')];
  return Object.entries(node.properties).flatMap(([key, child]) => leaves(child, [...path, key]));
}

describe('the flags of a run', () => {
  it('are one for every option of the schema', () => {
    const options = leaves(z.toJSONSchema(runConfigSchema, { io: 'input' }) as Node);
    expect(Object.values<string>(configPaths).toSorted()).toEqual(options.toSorted());
  });

  it('have a help text, a type with its range and their own name', () => {
    for (const flag of configFlags()) expect(flag.help, flag.name).not.toContain('.');
    expect(configFlags().find(({ name }) => name === 'gamma')).toMatchObject({
      type: { kind: 'number', integer: false, min: -10, max: 10 },
      shownDefault: 'default -0.4',
      environment: 'CSX_GAMMA',
    });
    expect(configFlags().find(({ name }) => name === 'selection-share')?.type).toEqual({
      kind: 'number',
      integer: false,
      above: 0,
      max: 1,
    });
    expect(configFlags().find(({ name }) => name === 'epochs')?.type).toEqual({
      kind: 'number',
      integer: true,
      min: 1,
    });
    const names = flags.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('resolveRunSettings', () => {
  it('starts from mini', () => {
    const { config, device, sources } = resolve([]);
    expect(config).toEqual(runConfigSchema.parse(presets.mini));
    expect(device).toBe('auto');
    expect(sources.size).toBe(0);
  });

  it.each(['mini', 'quick', 'paper'] as const)('preset %s is complete and valid', (preset) => {
    const { config } = resolve(['--preset', preset]);
    expect(config.preset).toBe(preset);
    expect(config).toMatchObject(runConfigSchema.parse(presets[preset]));
  });

  it('puts flags over the environment over the file over the preset over defaults', () => {
    const file = {
      preset: 'quick',
      method: { gamma: -0.1, tau: 0.1, pMax: 0.1, iterations: 3 },
      device: 'cpu',
      threads: 1,
    };
    const environment = { CSX_GAMMA: '-0.2', CSX_TAU: '0.2', CSX_THREADS: '2' };
    const { config, device, threads, sources } = resolve(['--gamma', '-0.3', '--threads', '3'], environment, file);
    expect(config.method).toMatchObject({ gamma: -0.3, tau: 0.2, pMax: 0.1, iterations: 3, pMin: 0.1 });
    expect(config.data.majorCount).toBe(3000);
    expect([device, threads]).toEqual(['cpu', 3]);
    expect(sources.get('gamma')).toBe('--gamma');
    expect(sources.get('tau')).toBe('CSX_TAU');
    expect(sources.get('p-max')).toBe('csx.config.json: method.pMax');
  });

  it('trains where it is told, and not on a GPU that the latent work may not take', () => {
    expect(resolve([]).engine).toBe('auto');
    expect(resolve(['--engine', 'cpu']).engine).toBe('cpu');
    expect(resolve([], {}, { engine: 'gpu' }).engine).toBe('gpu');
    expect(() => resolve(['--engine', 'gpu', '--device', 'cpu'])).toThrow('--engine gpu does not go with --device cpu');
    expect(resolve(['--engine', 'gpu', '--device', 'gpu']).device).toBe('gpu');
  });

  it('takes lists and pairs from all three', () => {
    expect(resolve(['--arms', 'none,top']).config.method.arms).toEqual(['none', 'top']);
    expect(resolve([], { CSX_ARMS: 'none,top' }).config.method.arms).toEqual(['none', 'top']);
    expect(resolve([], {}, { method: { arms: ['none', 'top'] } }).config.method.arms).toEqual(['none', 'top']);
    const pairs = [{ minor: 'ship', major: 'truck' }];
    expect(resolve(['--class-pairs', 'ship:truck']).config.method).toMatchObject({
      classPairs: pairs,
      assignment: 'fixed',
    });
    expect(resolve([], {}, { method: { classPairs: pairs } }).config.method.assignment).toBe('fixed');
  });

  it('an empty variable is none', () => {
    expect(resolve([], { CSX_GAMMA: '' }).config.method.gamma).toBe(-0.4);
  });

  it('--data implies the whole CIFAR-10, CSX_DATA_DIR only says where it is', () => {
    expect(resolve(['--data', 'd'])).toMatchObject({ dataDirectory: 'd', config: { data: { source: 'cifar10' } } });
    expect(resolve([], { CSX_DATA_DIR: 'd' })).toMatchObject({
      dataDirectory: 'd',
      config: { data: { source: 'mini' } },
    });
    expect(errorOf(['--data', 'd', '--source', 'mini']).message).toBe(
      '--source is mini, but --data needs --source cifar10',
    );
  });

  it('a named adapter means the GPU', () => {
    expect(resolve(['--adapter', 'swiftshader'])).toMatchObject({ device: 'gpu', adapter: 'swiftshader' });
    expect(resolve(['--device', 'cpu'], { CSX_ADAPTER: 'swiftshader' }).device).toBe('cpu');
    expect(errorOf(['--adapter', 'x', '--device', 'cpu']).message).toContain('--adapter does not go with --device cpu');
  });

  it.each<[string[], Record<string, string>, unknown, string]>([
    [[], { CSX_GAMMA: '11' }, {}, 'CSX_GAMMA: got "11", expected a number, -10 to 10'],
    [[], { CSX_FLIP: 'maybe' }, {}, 'CSX_FLIP: got "maybe", expected true or false'],
    [[], {}, { method: { gamma: 11 } }, 'csx.config.json: method.gamma: got 11, expected a number, -10 to 10'],
    [[], {}, { method: { gamma: '-0.4' } }, 'csx.config.json: method.gamma: got "-0.4", expected a number, -10 to 10'],
    [[], {}, { method: { gama: 1 } }, 'csx.config.json: unknown option method.gama'],
    [[], {}, { method: 3 }, 'csx.config.json: method is a section'],
    [[], {}, { preset: 'huge' }, 'csx.config.json: preset: got "huge", expected one of mini, quick, paper'],
    [[], {}, { threads: 0 }, 'csx.config.json: threads: got 0, expected a whole number, 1 to 1024'],
    [[], {}, { device: 'tpu' }, 'csx.config.json: device: got "tpu", expected one of auto, gpu, cpu'],
    [[], {}, { method: { arms: ['none', 'up'] } }, 'csx.config.json: method.arms: got ["none","up"]'],
    [[], {}, [], 'csx.config.json: expected an object'],
    [['--minors', 'bird,zebra'], {}, {}, '--minors: class "zebra" does not exist'],
    [['--minor-classes', 'brid'], {}, {}, '--minor-classes: class "brid" does not exist'],
    [['--class-pairs', 'ship:lorry'], {}, {}, '--class-pairs: class "lorry" does not exist'],
    [['--class-counts', 'lorry:5'], {}, {}, '--class-counts: class "lorry" does not exist'],
    [['--class-counts', 'ship:0'], {}, {}, '--class-counts: got "ship:0", expected name:count'],
    [['--class-counts', 'ship:1,ship:2'], {}, {}, '--class-counts: "ship" is listed twice'],
    [[], {}, { data: { classCounts: { ship: 0 } } }, 'data.classCounts: got {"ship":0}'],
    [['--assignment', 'fixed'], {}, {}, '--assignment fixed needs --class-pairs'],
    [
      ['--assignment', 'closest', '--class-pairs', 'ship:truck'],
      {},
      {},
      '--assignment is closest, but --class-pairs needs',
    ],
  ])('refuses %j %j %j', (words, environment, file, message) => {
    expect(errorOf(words, environment, file).message).toContain(message);
  });

  it('warns of a misspelled variable', () => {
    const lines: string[] = [];
    environmentLayer(flags, { CSX_GAMA: '1', CSX_CACHE_DIR: '/c', CSX_WHOLLY_OTHER: '1', PATH: '' }, (line) =>
      lines.push(line),
    );
    expect(lines).toEqual(['CSX_GAMA is no setting of csx; did you mean CSX_GAMMA?']);
  });

  it('refuses a file that is not JSON', () => {
    expect(() => parseConfigFile('{', 'csx.config.json')).toThrow('csx.config.json: not JSON');
  });
});
