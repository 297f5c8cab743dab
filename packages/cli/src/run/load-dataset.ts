import type { ImageDataset } from '@csx/core';
import { cacheDirectory, loadCifar10, loadMiniCifar10 } from '@csx/core/files';
import type { FlagValue } from '../args/flag.ts';

/** Where the whole CIFAR-10 is looked for: the flag, CSX_DATA_DIR, or the cache that `csx data fetch` fills. */
export function dataDirectory(
  flag: FlagValue | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (typeof flag === 'string') return flag;
  return environment.CSX_DATA_DIR || cacheDirectory(environment);
}

/** The images that a configuration names; `directory` holds the official files of the whole set. */
export function loadDataset(source: 'mini' | 'cifar10', directory: string): Promise<ImageDataset> {
  return source === 'mini' ? loadMiniCifar10() : loadCifar10(directory);
}
