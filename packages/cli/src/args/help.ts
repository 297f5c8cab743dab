import type { Channel } from '../terminal/terminal.ts';
import { twoColumns, wrap } from '../terminal/text.ts';
import { type Command, type CommandGroup, isGroup } from './command.ts';
import type { Flag } from './flag.ts';
import { describeRange } from './parse-value.ts';

/** Choices that stand beside a flag's name; longer ones are listed in its text, where they wrap. */
const longestHint = 44;
const listed = (choices: readonly string[]): boolean => choices.join('|').length > longestHint;

function valueHint({ type }: Flag): string {
  switch (type.kind) {
    case 'boolean':
      return '';
    case 'text':
      return ` ${type.hint}`;
    case 'number':
      return type.integer ? ' N' : ' X';
    case 'choice':
      return listed(type.choices) ? ' NAME' : ` ${type.choices.join('|')}`;
    case 'list':
      return ` ${type.hint}`;
    case 'pairs':
      return ' MINOR:MAJOR,...';
    case 'counts':
      return ' NAME:N,...';
  }
}

function flagName(flag: Flag): string {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  const negatable = flag.type.kind === 'boolean' && flag.shownDefault !== undefined;
  return `${short}--${negatable ? '[no-]' : ''}${flag.name}`;
}

function flagText(flag: Flag): string {
  const { type, shownDefault } = flag;
  const notes: string[] = [];
  if (type.kind === 'number' && describeRange(type) !== '') notes.push(describeRange(type));
  if (type.kind === 'choice' && listed(type.choices)) notes.push(`one of ${type.choices.join(', ')}`);
  if (type.kind === 'list' && type.choices !== undefined) notes.push(`of ${type.choices.join(', ')}`);
  if (shownDefault !== undefined) {
    const all = type.kind === 'list' && `default ${type.choices?.join(',')}` === shownDefault;
    // With spaces, so that a long list can be wrapped.
    notes.push(all ? 'default all' : type.kind === 'list' ? shownDefault.replaceAll(',', ', ') : shownDefault);
  }
  return notes.length === 0 ? flag.help : `${flag.help} (${notes.join('; ')})`;
}

/** The help text of a command or a group of commands. */
export function renderHelp(node: Command | CommandGroup, channel: Pick<Channel, 'paint' | 'columns'>): string {
  const { paint } = channel;
  const width = Math.min(channel.columns, 100);
  const blocks: string[] = [node.summary];
  const section = (title: string, body: string) => blocks.push(`${paint.bold(title)}\n${body}`);
  const commandsSection = (commands: NonNullable<Command['commands']>) => {
    const rows = [...commands].map(([word, { summary }]) => [word, summary] as const);
    section('Commands', twoColumns(rows, width, paint.cyan));
    blocks.push(paint.dim(`${node.name} COMMAND --help shows the options of a command.`));
  };
  if (isGroup(node)) {
    section('Usage', `  ${node.name} COMMAND [OPTIONS]`);
    commandsSection(node.commands);
    return `${blocks.join('\n\n')}\n`;
  }
  const words = node.positionals.map(
    ({ name, required, repeated }) => `${required ? name : `[${name}]`}${repeated ? ' ...' : ''}`,
  );
  section('Usage', `  ${[node.name, ...words, '[OPTIONS]'].join(' ')}`);
  for (const paragraph of node.details ?? []) blocks.push(wrap(paragraph, width).join('\n'));
  section(
    'Examples',
    node.examples.map(([line, text]) => `  ${paint.cyan(line)}\n      ${paint.dim(text)}`).join('\n'),
  );
  if (node.commands !== undefined) commandsSection(node.commands);
  if (node.positionals.length > 0) {
    section(
      'Arguments',
      twoColumns(
        node.positionals.map(({ name, help }) => [name, help]),
        width,
        paint.cyan,
      ),
    );
  }
  for (const group of new Set(node.flags.map((flag) => flag.group))) {
    const rows = node.flags
      .filter((flag) => flag.group === group)
      .map((flag) => [`${flagName(flag)}${valueHint(flag)}`, flagText(flag)] as const);
    section(group, twoColumns(rows, width, paint.cyan));
  }
  return `${blocks.join('\n\n')}\n`;
}
