import { createRequire } from 'node:module';
import process from 'node:process';
import { runCommand } from 'citty';
import { isGroup, toCitty } from './args/command.ts';
import { findCommand } from './args/find-command.ts';
import { renderHelp } from './args/help.ts';
import { csx } from './csx.ts';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import { Interrupted } from './interrupt.ts';
import { printError } from './terminal/print-error.ts';
import { createTerminal, type Terminal } from './terminal/terminal.ts';

function version(): string {
  const content = createRequire(import.meta.url)('../package.json') as { version: string };
  return content.version;
}

/** Runs one command line and returns its exit code. */
async function execute(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    if (words.length === 1 && (words[0] === '--version' || words[0] === '-v')) {
      terminal.out.write(`${version()}\n`);
      return exitCodes.success;
    }
    // `csx help run` is `csx run --help`.
    const found = await findCommand(csx, words[0] === 'help' ? [...words.slice(1), '--help'] : words);
    if (found.wantsHelp) {
      terminal.out.write(renderHelp(found.node, terminal.out));
      return exitCodes.success;
    }
    if (isGroup(found.node)) {
      // A word is missing: not what was asked for, so not on stdout.
      terminal.err.write(renderHelp(found.node, terminal.err));
      return exitCodes.usage;
    }
    const context = { terminal, environment: process.env, directory: process.cwd() };
    await runCommand(toCitty(csx, context), { rawArgs: [...words] });
    return exitCodes.success;
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    printError(error, terminal.err, Boolean(process.env.CSX_DEBUG));
    return exitCodeOf(error);
  }
}

/** Waits until what was written has left the process, though not for ever: Deno never answers for a stream that failed. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 2000);
    if (stream.destroyed || stream.writableEnded) resolve();
    else stream.write('', () => resolve());
  });
}

// A reader that has seen enough (`csx data inspect | head -1`) is no error. A full disk under stdout is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.success);
  process.stderr.write(`error: stdout cannot be written (${error.code ?? error.message})\n`);
  process.exit(exitCodes.failure);
});
process.stderr.on('error', () => {
  // Messages nobody reads any more do not end the work.
});

const exitCode = await execute(process.argv.slice(2), createTerminal());
await Promise.all([flush(process.stdout), flush(process.stderr)]);
// Idle threads of native libraries would keep the process alive.
process.exit(exitCode);
