import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A paragraph, whose odd parts are code; or an indented formula. */
export type ContractBlock =
  | { readonly kind: 'text'; readonly parts: readonly string[] }
  | { readonly kind: 'formula'; readonly text: string };

export interface KernelContract {
  readonly name: string;
  readonly create: string;
  readonly file: string;
  readonly contract: readonly ContractBlock[];
}

declare const data: KernelContract[];

export { data };

const folder = join(import.meta.dirname, '..', '..', '..', 'packages', 'wgsl-kernels', 'src', 'kernels');

/** The text of a doc comment, without its stars. */
function textOf(comment: string): string {
  return comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, ''))
    .join('\n')
    .trim();
}

/** The contract is the longest doc comment of the file: of `create`, or of the kernel's interface. */
function contractIn(source: string): string {
  const comments = source.match(/\/\*\*[\s\S]*?\*\//g) ?? [];
  return comments.map(textOf).reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

/** Where a new paragraph begins without an empty line. */
const heads = /^(Empty input|Deterministic|Error|Throws|Source|A radix)/;

/** Undoes the line breaks of the source: paragraphs as one line each, indented lines as they are. */
function blocksOf(contract: string): ContractBlock[] {
  const blocks: ContractBlock[] = [];
  let kind: ContractBlock['kind'] = 'text';
  let lines: string[] = [];
  const close = () => {
    if (lines.length === 0) return;
    if (kind === 'text') blocks.push({ kind, parts: lines.join(' ').split('`') });
    else blocks.push({ kind, text: lines.map((line) => line.replace(/^ {4}/, '')).join('\n') });
    lines = [];
  };
  for (const line of contract.split('\n')) {
    const next = line.startsWith('    ') ? 'formula' : 'text';
    if (line.trim() === '' || next !== kind || heads.test(line)) close();
    kind = next;
    if (line.trim() !== '') lines.push(line);
  }
  close();
  return blocks;
}

function kernelsOf(name: string): KernelContract[] {
  const path = join(folder, name);
  const files = readdirSync(path).filter((file) => /^[a-z-]+\.ts$/.test(file));
  return files.flatMap((file) => {
    const source = readFileSync(join(path, file), 'utf8');
    const create = /export function (create[A-Z]\w*)\(\s*session: Session/.exec(source)?.[1];
    if (create === undefined) return [];
    const contract = contractIn(source);
    if (!contract.includes('Throws') || !contract.includes('Source')) {
      throw new Error(`kernels: ${file} has no doc comment with "Throws" and "Source"`);
    }
    const from = `packages/wgsl-kernels/src/kernels/${name}/${file}`;
    return [{ name: file.replace(/\.ts$/, ''), create, file: from, contract: blocksOf(contract) }];
  });
}

export default {
  watch: [join(folder, '**', '*.ts')],
  load(): KernelContract[] {
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return folders.map((entry) => entry.name).flatMap(kernelsOf);
  },
};
