import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

/** `best` takes xz where there is one; `fast` is for tests. */
export type Compression = 'best' | 'fast';

export interface Piece {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What most ways of copying files take. */
const pieceBytes = 60e6;

function compress(archive: Readable, compression: Compression): { readonly stream: Readable; readonly ending: string } {
  if (compression === 'best' && spawnSync('xz', ['--version']).status === 0) {
    // All cores; larger dictionaries would need a gigabyte for each.
    const xz = spawn('xz', ['-7', '-T0', '-c'], { stdio: ['pipe', 'pipe', 'inherit'] });
    archive.pipe(xz.stdin);
    return { stream: xz.stdout, ending: 'xz' };
  }
  return { stream: archive.pipe(createGzip({ level: compression === 'best' ? 9 : 1 })), ending: 'gz' };
}

/** Packs a folder into `NAME.tar.xz.000`, `.001`, ..., the same bytes for the same files. */
export async function packFolder(
  folder: string,
  out: string,
  name: string,
  compression: Compression,
): Promise<Piece[]> {
  const tar = spawn(
    'tar',
    ['-c', '--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '-C', folder, '.'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const { stream, ending } = compress(tar.stdout, compression);
  const pieces: Piece[] = [];
  let rest: Buffer = Buffer.alloc(0);
  const writePiece = async (data: readonly Buffer[], bytes: number): Promise<void> => {
    const piece = `${name}.tar.${ending}.${String(pieces.length).padStart(3, '0')}`;
    const hash = createHash('sha256');
    const file = createWriteStream(join(out, piece));
    for (const part of data) {
      hash.update(part);
      if (!file.write(part)) await once(file, 'drain');
    }
    file.end();
    await once(file, 'finish');
    pieces.push({ name: piece, bytes, sha256: hash.digest('hex') });
  };
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const chunk of stream) {
    rest = chunk as Buffer;
    while (waitingBytes + rest.length > pieceBytes) {
      const fits = pieceBytes - waitingBytes;
      await writePiece([...waiting, rest.subarray(0, fits)], pieceBytes);
      rest = rest.subarray(fits);
      waiting = [];
      waitingBytes = 0;
    }
    waiting.push(rest);
    waitingBytes += rest.length;
  }
  if (waitingBytes > 0) await writePiece(waiting, waitingBytes);
  if (tar.exitCode === null) await once(tar, 'exit');
  if (tar.exitCode !== 0) throw new Error(`gpu-bundle: tar ended with ${tar.exitCode} on ${folder}`);
  return pieces;
}
