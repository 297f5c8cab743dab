import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Version of an installed npm package, from the manifest above its entry: not every package exports its own. */
export function packageVersion(name: string): string {
  for (let folder = dirname(createRequire(import.meta.url).resolve(name)); folder !== dirname(folder); ) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const manifest = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
      if (manifest.name === name && manifest.version !== undefined) return manifest.version;
    }
    folder = dirname(folder);
  }
  return 'unknown';
}
