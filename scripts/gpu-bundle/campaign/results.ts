import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './options.ts';

export type StepState = 'waiting' | 'begun' | 'done' | 'failed';

/** Where a step stands. */
export interface StepReport {
  readonly name: string;
  readonly state: StepState;
  /** One line: how much of it is done, or why it failed. */
  readonly detail: string;
}

/** `summary.json`: what is done and what is left. */
export interface Summary {
  /** Of the bundle that made these results: results of two are not mixed. */
  readonly bundle: string;
  readonly adapterKind: 'gpu' | 'software';
  readonly slices: number;
  readonly complete: boolean;
  readonly steps: readonly StepReport[];
  readonly left: readonly string[];
}

const summaryFile = 'summary.json';
/** A log longer than this comes out with its end alone. */
const logBytes = 2e6;

function writeWhole(path: string, data: string | Uint8Array): void {
  writeFileSync(`${path}.part`, data);
  renameSync(`${path}.part`, path);
}

/**
 * The results in the work folder and their copy in `--out`, brought up to date after every write, so that a machine
 * that goes away leaves all but the last moments.
 */
export class Results {
  readonly folder: string;
  readonly #out: string;

  private constructor(folder: string, out: string) {
    this.folder = folder;
    this.#out = out;
  }

  /** Opens them; those in `--out` that another machine made are taken up. Throws if they are of another bundle. */
  static open(folder: string, out: string, bundle: string, adapterKind: Summary['adapterKind']): Results {
    mkdirSync(out, { recursive: true });
    if (existsSync(join(out, summaryFile))) {
      const there = JSON.parse(readFileSync(join(out, summaryFile), 'utf8')) as Summary;
      if (there.bundle !== bundle || there.adapterKind !== adapterKind) {
        throw new UsageError(
          `run.sh: ${out} holds results of another bundle or kind of adapter (${there.bundle}, ${there.adapterKind}; this is ${bundle}, ${adapterKind}): name another folder with --out`,
        );
      }
    }
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true });
      if (existsSync(join(out, summaryFile))) {
        for (const name of readdirSync(out)) {
          if (statSync(join(out, name)).isFile()) copyFileSync(join(out, name), join(folder, name));
        }
      }
    }
    const results = new Results(folder, out);
    for (const name of readdirSync(folder)) results.publish(name);
    return results;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read<T>(name: string): T | undefined {
    return existsSync(this.path(name)) ? (JSON.parse(readFileSync(this.path(name), 'utf8')) as T) : undefined;
  }

  write(name: string, value: unknown): void {
    this.writeBytes(name, `${JSON.stringify(value, undefined, 1)}\n`);
  }

  writeBytes(name: string, data: string | Uint8Array): void {
    writeWhole(this.path(name), data);
    this.publish(name);
  }

  /** Copies one file to `--out`. */
  publish(name: string): void {
    if (name.endsWith('.part')) return;
    writeWhole(join(this.#out, name), name.endsWith('.log') ? readEnd(this.path(name)) : readFileSync(this.path(name)));
  }

  summary(): Summary | undefined {
    return this.read<Summary>(summaryFile);
  }

  writeSummary(summary: Summary): void {
    this.write(summaryFile, summary);
  }
}

function readEnd(path: string): Uint8Array {
  const bytes = readFileSync(path);
  return bytes.subarray(Math.max(0, bytes.length - logBytes));
}
