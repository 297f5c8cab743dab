import { type CommandDef, defineCommand, runCommand } from 'citty';
import type { Terminal } from '../terminal/terminal.ts';
import type { Flag } from './flag.ts';
import { type ParsedArgs, type Positional, parseArgs } from './parse-args.ts';

/** What a command gets besides its arguments. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Working directory: relative paths of the user start here. */
  readonly directory: string;
}

/** A verb: its words, its help, and what it does; it may have verbs under it, too. */
export interface Command {
  /** As it is typed: `csx data fetch`. */
  readonly name: string;
  readonly summary: string;
  /** Paragraphs between usage and examples. */
  readonly details?: readonly string[];
  /** [line, what it does] */
  readonly examples: readonly (readonly [string, string])[];
  readonly positionals: readonly Positional[];
  readonly flags: readonly Flag[];
  /** By the first word after its own; any other words are the command's. */
  readonly commands?: ReadonlyMap<string, Entry>;
  run(args: ParsedArgs, context: Context): Promise<void>;
}

/** A word with verbs under it: `csx`, `csx data`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: ReadonlyMap<string, Entry>;
}

/** A verb is loaded when it is called: the help of one does not wait for the libraries of another. */
export interface Entry {
  readonly summary: string;
  load(): Promise<Command | CommandGroup>;
}

export const isGroup = (node: Command | CommandGroup): node is CommandGroup => !('run' in node);

/**
 * The command as citty's. citty dispatches; its own parser is given nothing to parse, since it lets unknown
 * flags pass, turns a missing value into '' and knows no numbers: parseArgs reads the words instead.
 */
export function toCitty(node: Command | CommandGroup, context: Context): CommandDef {
  const meta = { name: node.name, description: node.summary };
  if (isGroup(node)) {
    const entries = [...node.commands].map(
      ([word, entry]) => [word, async () => toCitty(await entry.load(), context)] as const,
    );
    return defineCommand({ meta, subCommands: Object.fromEntries(entries) });
  }
  return defineCommand({
    meta,
    async run({ rawArgs }) {
      // citty takes the first word that is no option, such as a flag's value, for a verb.
      const under = node.commands?.get(rawArgs[0]);
      if (under !== undefined) {
        await runCommand(toCitty(await under.load(), context), { rawArgs: rawArgs.slice(1) });
        return;
      }
      await node.run(parseArgs(rawArgs, node.flags, node.positionals, node.name), context);
    },
  });
}
