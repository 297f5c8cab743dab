import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { cacheDirectory } from './cache-directory.ts';

it.each([
  [{ CSX_CACHE_DIR: '/own', XDG_CACHE_HOME: '/xdg' }, 'linux', '/own'],
  [{ CSX_CACHE_DIR: 'here' }, 'linux', resolve('here')],
  [{ CSX_CACHE_DIR: '', XDG_CACHE_HOME: '/xdg' }, 'linux', '/xdg/csx'],
  [{ XDG_CACHE_HOME: 'relative' }, 'linux', join(homedir(), '.cache', 'csx')],
  [{}, 'darwin', join(homedir(), 'Library', 'Caches', 'csx')],
  [{ LOCALAPPDATA: '/local' }, 'win32', join('/local', 'csx', 'Cache')],
  [{}, 'win32', join(homedir(), 'AppData', 'Local', 'csx', 'Cache')],
] as const)('%j on %s is %s', (environment, platform, expected) => {
  expect(cacheDirectory(environment, platform)).toBe(expected);
});
