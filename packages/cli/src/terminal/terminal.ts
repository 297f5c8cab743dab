import process from 'node:process';

/** Wraps text in a color, or leaves it alone where colors are off. */
export type Paint = (text: string) => string;

export interface Palette {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

/** One of the two streams of a command. */
export interface Channel {
  write(text: string): void;
  readonly paint: Palette;
  readonly columns: number;
}

/** Where a command prints: data on `out`, everything else on `err`. */
export interface Terminal {
  readonly out: Channel;
  readonly err: Channel;
  /** Whether lines on `err` can be rewritten in place. */
  readonly live: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const escapeCode = String.fromCharCode(27);
const code =
  (open: number, close: number): Paint =>
  (text) =>
    `${escapeCode}[${open}m${text}${escapeCode}[${close}m`;

const colors: Palette = {
  bold: code(1, 22),
  dim: code(2, 22),
  red: code(31, 39),
  green: code(32, 39),
  yellow: code(33, 39),
  cyan: code(36, 39),
};

const plain: Paint = (text) => text;
const noColors: Palette = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

/** Colors belong on a terminal only, and not with NO_COLOR (https://no-color.org) or a dumb terminal. */
export function wantsColor(isTty: boolean, environment: Environment): boolean {
  return isTty && !environment.NO_COLOR && environment.TERM !== 'dumb';
}

function channel(stream: Stream, environment: Environment): Channel {
  return {
    write: (text) => {
      stream.write(text);
    },
    paint: wantsColor(stream.isTTY === true, environment) ? colors : noColors,
    // Read at each use: a window may be resized. A terminal without a size says 0.
    get columns() {
      return stream.columns || 80;
    },
  };
}

export function createTerminal(
  out: Stream = process.stdout,
  err: Stream = process.stderr,
  environment: Environment = process.env,
): Terminal {
  return {
    out: channel(out, environment),
    err: channel(err, environment),
    live: err.isTTY === true && environment.TERM !== 'dumb' && !environment.CI,
  };
}
