import { type Command, type CommandGroup, isGroup } from './command.ts';
import { didYouMean } from './suggest.ts';
import { UsageError } from './usage-error.ts';

/** The command that the first words name, and whether its help was asked for. */
export interface Found {
  readonly node: Command | CommandGroup;
  /** Words after the command's own. */
  readonly rest: readonly string[];
  readonly wantsHelp: boolean;
}

const isHelp = (word: string) => word === '--help' || word === '-h';

/**
 * Walks from the root to the command that the words name.
 * @throws UsageError for a word that is no command, or an option where a command belongs.
 */
export async function findCommand(root: Command | CommandGroup, words: readonly string[]): Promise<Found> {
  let node: Command | CommandGroup = root;
  let rest = words;
  while (node.commands !== undefined && rest.length > 0 && !isHelp(rest[0])) {
    const { commands, name }: Command | CommandGroup = node;
    const known = [...commands.keys()];
    const entry = commands.get(rest[0]);
    if (entry === undefined) {
      if (!isGroup(node)) break;
      const what = rest[0].startsWith('-') ? 'unknown option' : 'unknown command';
      throw new UsageError(`${name}: ${what} ${rest[0]}`, {
        hint: didYouMean(rest[0], known, `use one of ${known.join(', ')}`),
      });
    }
    node = await entry.load();
    rest = rest.slice(1);
  }
  const end = rest.indexOf('--');
  return { node, rest, wantsHelp: (end < 0 ? rest : rest.slice(0, end)).some(isHelp) };
}
