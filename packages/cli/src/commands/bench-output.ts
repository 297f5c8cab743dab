import type { BenchOutput } from '@csx/bench';
import type { Terminal } from '../terminal/terminal.ts';

/** The terminal as the benchmark's package knows it. */
export function benchOutput({ out, err, live }: Terminal): BenchOutput {
  return {
    out: (text) => out.write(text),
    err: (text) => err.write(text),
    live: live ? { columns: err.columns } : null,
    // Where colors are off, they leave a text as it is.
    colors: out.paint.bold('x') !== 'x',
  };
}
