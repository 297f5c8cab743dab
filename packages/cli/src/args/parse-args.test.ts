import { describe, expect, it } from 'vitest';
import type { Flag } from './flag.ts';
import { parseArgs } from './parse-args.ts';
import { UsageError } from './usage-error.ts';

const flags: Flag[] = [
  { name: 'gamma', type: { kind: 'number', integer: false, min: -10, max: 10 }, help: '', group: 'x' },
  { name: 'seed', type: { kind: 'number', integer: true, min: 0, max: 4294967295 }, help: '', group: 'x' },
  { name: 'share', type: { kind: 'number', integer: false, above: 0, max: 1 }, help: '', group: 'x' },
  { name: 'flip', type: { kind: 'boolean' }, help: '', group: 'x' },
  { name: 'out', type: { kind: 'text', hint: 'DIR' }, help: '', group: 'x' },
  { name: 'p-max', type: { kind: 'number', integer: false }, help: '', group: 'x' },
  { name: 'arms', type: { kind: 'list', hint: 'A,B', choices: ['none', 'random', 'bottom'] }, help: '', group: 'x' },
  { name: 'class-pairs', type: { kind: 'pairs' }, help: '', group: 'x' },
  { name: 'class-counts', type: { kind: 'counts' }, help: '', group: 'x' },
  { name: 'device', type: { kind: 'choice', choices: ['auto', 'gpu', 'cpu'] }, help: '', group: 'x' },
];
const run = { name: 'RUN', help: 'directory of a run', required: true };
const parse = (...words: string[]) => Object.fromEntries(parseArgs(words, flags, [], 'csx run').flags);

function errorOf(words: string[], positionals: Parameters<typeof parseArgs>[2] = []): UsageError {
  try {
    parseArgs(words, flags, positionals, 'csx run');
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error as UsageError;
  }
  throw new Error(`${words.join(' ')}: no error`);
}

describe('parseArgs', () => {
  it('reads every kind of value, with a space or an equals sign', () => {
    expect(parse('--gamma', '-0.4', '--seed=7', '--no-flip', '--out', 'a b', '--device', 'cpu')).toEqual({
      gamma: -0.4,
      seed: 7,
      flip: false,
      out: 'a b',
      device: 'cpu',
    });
    expect(parse('--gamma=-.5e-1', '--flip', '--arms', 'none,bottom')).toEqual({
      gamma: -0.05,
      flip: true,
      arms: ['none', 'bottom'],
    });
    expect(parse('--class-pairs', 'automobile:airplane, ship:truck')).toEqual({
      'class-pairs': [
        { minor: 'automobile', major: 'airplane' },
        { minor: 'ship', major: 'truck' },
      ],
    });
    expect(parse('--class-counts', 'cat:500, ship:20')).toEqual({ 'class-counts': { cat: 500, ship: 20 } });
  });

  it('takes the first equals sign: a value may hold others', () => {
    expect(parse('--out=a=b')).toEqual({ out: 'a=b' });
  });

  it('leaves what was not given absent', () => {
    expect(parse()).toEqual({});
  });

  it.each([
    ['--gama', '3', 'did you mean --gamma?'],
    ['--pMax', '3', 'did you mean --p-max?'],
    ['--p_max', '3', 'did you mean --p-max?'],
    ['-gamma', '3', 'did you mean --gamma?'],
    ['--no-flp', '', 'did you mean --no-flip?'],
  ])('refuses %s %s with a suggestion', (flag, value, hint) => {
    const error = errorOf([flag, value]);
    expect(error.message).toBe(`csx run: unknown option ${flag}`);
    expect(error.hint).toBe(hint);
  });

  it('points to the help where nothing is near', () => {
    expect(errorOf(['--zebra']).hint).toBe('see csx run --help');
  });

  it.each([
    [['--gamma'], '--gamma needs a value'],
    [['--gamma', '--flip'], '--gamma needs a value'],
    [['--out', '--', 'x'], '--out needs a value'],
    [['--gamma='], '--gamma: the value is empty'],
    [['--out', ''], '--out: the value is empty'],
    [['--flip=yes'], '--flip takes no value, got "yes"'],
    [['--seed', '1', '--seed', '2'], '--seed is given twice'],
    [['--flip', '--no-flip'], '--flip is given twice'],
    [['--gamma', '11'], '--gamma: got "11", expected a number, -10 to 10'],
    [['--gamma', 'NaN'], 'expected a number, -10 to 10'],
    [['--gamma', 'Infinity'], 'expected a number, -10 to 10'],
    [['--gamma', '0x3'], 'expected a number'],
    [['--gamma', '1,5'], 'expected a number'],
    [['--seed', '1.5'], '--seed: got "1.5", expected a whole number, 0 to 4294967295'],
    [['--seed', '-1'], 'expected a whole number, 0'],
    [['--seed', '4294967296'], 'expected a whole number, 0'],
    [['--share', '0'], '--share: got "0", expected a number, above 0, at most 1'],
    [['--arms', 'none,'], 'none of them empty'],
    [['--arms', 'none,none'], '"none" is listed twice'],
    [['--arms', 'none,botom'], 'got "botom", expected one of none, random, bottom'],
    [['--class-pairs', 'ship'], 'expected minor:major'],
    [['--class-pairs', 'ship:truck:car'], 'expected minor:major'],
    [['--device', 'GPU'], 'expected one of auto, gpu, cpu'],
    [['extra'], 'unexpected argument "extra"'],
    [['-7'], 'unexpected argument "-7"'],
    [['--', '--gamma'], 'unexpected argument "--gamma"'],
  ])('refuses %j', (words, message) => {
    expect(errorOf(words).message).toContain(message);
  });

  it('suggests a near choice', () => {
    expect(errorOf(['--arms', 'botom']).hint).toBe('did you mean bottom?');
  });

  it('assigns positionals, also behind --, and asks for missing ones', () => {
    expect(parseArgs(['a'], flags, [run], 'csx report').positionals.get('RUN')).toBe('a');
    expect(parseArgs(['--', '-a'], flags, [run], 'csx report').positionals.get('RUN')).toBe('-a');
    expect(errorOf([], [run]).message).toBe('csx run: RUN is missing (directory of a run)');
    expect(errorOf(['a', 'b'], [run]).message).toContain('unexpected argument "b"');
    const choice = { ...run, choices: ['cifar10'] };
    expect(errorOf(['cifar-10'], [choice]).hint).toBe('did you mean cifar10?');
  });
});
