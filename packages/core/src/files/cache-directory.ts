import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/**
 * Where csx keeps what it fetched: `CSX_CACHE_DIR`, else `csx` in `XDG_CACHE_HOME`, else in the platform's own
 * folder for caches (`~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`).
 */
export function cacheDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { CSX_CACHE_DIR: own, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (own) return resolve(own);
  // The XDG specification has a relative path ignored.
  if (xdg && isAbsolute(xdg)) return join(xdg, 'csx');
  if (platform === 'win32') return join(local || join(homedir(), 'AppData', 'Local'), 'csx', 'Cache');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'csx');
  return join(homedir(), '.cache', 'csx');
}
