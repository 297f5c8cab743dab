import { stripVTControlCharacters } from 'node:util';
import { runCommand } from 'citty';
import { describe, expect, it } from 'vitest';
import { csx } from '../csx.ts';
import { createTerminal } from '../terminal/terminal.ts';
import { type Command, toCitty } from './command.ts';
import { findCommand } from './find-command.ts';
import { renderHelp } from './help.ts';
import { UsageError } from './usage-error.ts';

async function errorOf(...words: string[]): Promise<UsageError> {
  const error: unknown = await findCommand(csx, words).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UsageError);
  return error as UsageError;
}

describe('findCommand', () => {
  it('finds verbs at both depths and keeps their words', async () => {
    const found = await findCommand(csx, ['data', 'fetch', 'cifar10', '--offline']);
    expect(found.node.name).toBe('csx data fetch');
    expect(found.rest).toEqual(['cifar10', '--offline']);
    expect((await findCommand(csx, [])).node).toBe(csx);
    expect((await findCommand(csx, ['data'])).node.name).toBe('csx data');
  });

  it('sees a wish for help anywhere before --', async () => {
    for (const words of [['--help'], ['-h'], ['data', '-h'], ['run', '--help'], ['run', '--gama', '--help']]) {
      expect((await findCommand(csx, words)).wantsHelp, words.join(' ')).toBe(true);
    }
    expect((await findCommand(csx, ['report', '--', '--help'])).wantsHelp).toBe(false);
  });

  it('refuses what is no command, with a suggestion', async () => {
    expect(await errorOf('rnu')).toMatchObject({ message: 'csx: unknown command rnu', hint: 'did you mean run?' });
    expect(await errorOf('data', 'get')).toMatchObject({
      message: 'csx data: unknown command get',
      hint: 'use one of fetch, verify, inspect',
    });
    expect((await errorOf('--seed', '3', 'run')).message).toBe('csx: unknown option --seed');
  });

  it('finds verbs under a command, whose own words are all others', async () => {
    const ran: string[] = [];
    const leaf = (name: string, commands?: Command['commands']): Command => ({
      name,
      summary: '',
      examples: [],
      positionals: [],
      flags: [{ name: 'filter', type: { kind: 'text', hint: 'TEXT' }, help: '', group: 'Options' }],
      ...(commands !== undefined && { commands }),
      run: async ({ flags }) => void ran.push(`${name} ${flags.get('filter')}`),
    });
    const under = new Map([['compare', { summary: 'Beside others.', load: async () => leaf('bench compare') }]]);
    const root = leaf('bench', under);
    expect((await findCommand(root, ['compare', '--filter', 'x'])).node.name).toBe('bench compare');
    expect(await findCommand(root, ['--filter', 'compare'])).toMatchObject({
      node: root,
      rest: ['--filter', 'compare'],
    });
    const context = {
      terminal: createTerminal({ write: () => true }, { write: () => true }, {}),
      environment: {},
      directory: '',
    };
    const group = { name: 'csx', summary: '', commands: new Map([['bench', { summary: '', load: async () => root }]]) };
    for (const rawArgs of [
      ['bench', '--filter', 'compare'],
      ['bench', 'compare', '--filter', 'x'],
    ]) {
      await runCommand(toCitty(group, context), { rawArgs });
    }
    expect(ran).toEqual(['bench compare', 'bench compare x']);
    const text = renderHelp(root, context.terminal.out);
    expect(text).toMatch(/Commands\n +compare +Beside others\./);
  });

  it('knows no command that objects have by themselves', async () => {
    for (const word of ['toString', 'constructor', '__proto__']) expect((await errorOf(word)).message).toContain(word);
  });
});

describe('renderHelp', () => {
  const { out } = createTerminal({ columns: 80, write: () => true }, { write: () => true }, {});

  it('names every flag, with range and default, and an example; no line is too long', async () => {
    for (const [word, entry] of csx.commands) {
      const node = await entry.load();
      const text = renderHelp(node, out);
      expect(text.startsWith(node.summary), word).toBe(true);
      // An example is one line, to be copied.
      const tooLong = text.split('\n').filter((line) => line.length > 80 && !line.startsWith('  csx '));
      expect(tooLong, word).toEqual([]);
      if (!('flags' in node)) continue;
      expect(text).toContain('Examples');
      for (const flag of node.flags) expect(text).toContain(flag.name);
    }
  });

  it('shows what the presets change', async () => {
    const entry = csx.commands.get('run');
    if (entry === undefined) throw new Error('no csx run');
    const text = renderHelp(await entry.load(), out).replace(/\s+/g, ' ');
    expect(text).toContain('--gamma X gamma of equation (1) (-10 to 10; default -0.4)');
    expect(text).toContain('default 120; quick, paper: 3000');
    expect(text).toContain('--[no-]flip');
    expect(text).toContain('instead of --minor-ratio');
  });

  it('has no colors where there are none', () => {
    const text = renderHelp(csx, out);
    expect(stripVTControlCharacters(text)).toBe(text);
  });
});
