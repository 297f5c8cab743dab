import { join, resolve } from 'node:path';
import { mergeShards, type NamedShard, shardFilePattern, shardRecordSchema } from '@csx/core';
import { DirectoryStore } from '@csx/core/files';
import { DataFormatError } from '@csx/wgsl-kernels';
import type { Context } from '../args/command.ts';
import type { FlagValues } from '../args/flag.ts';
import { readJson } from '../run/read-json.ts';
import { printVerdicts, writeReproduction } from './write-reproduction.ts';

/** Reads the shards of a directory, and writes what they come to together. */
export async function executeMerge(from: string, flags: FlagValues, { terminal, directory }: Context): Promise<void> {
  const out = flags.get('out');
  const location = typeof out === 'string' ? out : from;
  const shards = await readShards(new DirectoryStore(resolve(directory, from)), from);
  const { plan, reproduction } = await mergeShards(shards);
  const name = await writeReproduction(new DirectoryStore(resolve(directory, location)), plan, reproduction);
  if (flags.get('json') === true) {
    terminal.out.write(`${JSON.stringify(reproduction, null, 2)}\n`);
    return;
  }
  printVerdicts(reproduction, terminal.out);
  terminal.out.write(`${shards.length} shards\nReport: ${join(location, name)}\n`);
}

async function readShards(store: DirectoryStore, shown: string): Promise<NamedShard[]> {
  const names = (await store.list()).filter((name) => shardFilePattern.test(name.split('/').at(-1) ?? '')).sort();
  if (names.length === 0)
    throw new DataFormatError(`${shown}: no shard-I-of-N.json`, {
      hint: 'Name the directory that csx reproduce --shard wrote to with --out.',
    });
  return Promise.all(names.map(async (name) => ({ name, record: await readShard(store, shown, name) })));
}

async function readShard(store: DirectoryStore, shown: string, name: string): Promise<NamedShard['record']> {
  const record = await readJson(store, name, shown, shardRecordSchema);
  if (record === undefined) throw new DataFormatError(`${shown}/${name} was there and is not any more`);
  return record;
}
