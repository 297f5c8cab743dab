import { InvariantError, sha256Hex } from '@csx/wgsl-kernels';
import { z } from 'zod';
import type { FileStore } from '../files/file-store.ts';
import { folderStore } from '../files/folder-store.ts';

/** Written last, with the sizes and hashes of the files that an entry consists of: an entry without it is unfinished. */
const sealFile = 'entry.json';

const sealSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id: z.string(),
  dataHashes: z.record(z.string(), z.string()).describe('of the data set: file -> sha256'),
  files: z.record(z.string(), z.strictObject({ bytes: z.number().int(), sha256: z.string() })),
});

/** What a cache holds of a job. */
export type EntryState =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'whole' }
  /** Files that are not those that were sealed; `reason` says which. */
  | { readonly kind: 'damaged'; readonly reason: string };

/** The files of one job in a cache, under its id. */
export class CacheEntry {
  readonly id: string;
  readonly files: FileStore;
  readonly #dataHashes: Readonly<Record<string, string>>;

  /** @param dataHashes of the images that the job is done on: another set's entry is not this one's. */
  constructor(cache: FileStore, id: string, dataHashes: Readonly<Record<string, string>>) {
    this.id = id;
    this.files = folderStore(cache, id);
    this.#dataHashes = dataHashes;
  }

  /** Reads every sealed file once; what an interruption or a full disk cut short does not pass. */
  async state(): Promise<EntryState> {
    const bytes = await this.files.read(sealFile);
    if (bytes === undefined) return { kind: (await this.files.list()).length === 0 ? 'missing' : 'unfinished' };
    const seal = parseSeal(bytes);
    if (seal === undefined) return { kind: 'damaged', reason: `${sealFile} cannot be read` };
    if (seal.id !== this.id) return { kind: 'damaged', reason: `${sealFile} is that of ${seal.id}` };
    if (JSON.stringify(seal.dataHashes) !== JSON.stringify(this.#dataHashes))
      return { kind: 'damaged', reason: 'it was made from other images' };
    for (const [name, { bytes: size, sha256 }] of Object.entries(seal.files)) {
      const content = await this.files.read(name);
      if (content === undefined) return { kind: 'damaged', reason: `${name} is missing` };
      if (content.length !== size)
        return { kind: 'damaged', reason: `${name} has ${content.length} bytes, expected ${size}` };
      if ((await sha256Hex(content)) !== sha256) return { kind: 'damaged', reason: `${name} is not what was written` };
    }
    return { kind: 'whole' };
  }

  /** Marks the entry as finished, and removes all files but those named. */
  async seal(names: readonly string[]): Promise<void> {
    const files: z.output<typeof sealSchema>['files'] = {};
    for (const name of names) {
      const content = await this.files.read(name);
      if (content === undefined) throw new InvariantError(`cache-entry: ${this.id} has no ${name}`);
      files[name] = { bytes: content.length, sha256: await sha256Hex(content) };
    }
    const seal = { schemaVersion: 1, id: this.id, dataHashes: this.#dataHashes, files };
    await this.files.write(sealFile, new TextEncoder().encode(`${JSON.stringify(seal, undefined, 1)}\n`));
    for (const name of await this.files.list())
      if (name !== sealFile && !names.includes(name)) await this.files.remove(name);
  }

  /** Removes everything, the seal first: what an interruption leaves is no finished entry. */
  async clear(): Promise<void> {
    await this.files.remove(sealFile);
    for (const name of await this.files.list()) await this.files.remove(name);
  }
}

function parseSeal(bytes: Uint8Array): z.output<typeof sealSchema> | undefined {
  try {
    return sealSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}
