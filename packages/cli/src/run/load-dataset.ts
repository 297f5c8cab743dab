import type { ImageDataset, RunConfig } from '@csx/core';
import { cacheDirectory, loadCifar10, loadMiniCifar10 } from '@csx/core/files';

/** The images that a configuration names; `directory` is where the user keeps the official files, if not in the cache. */
export function loadDataset(config: RunConfig, directory: string | undefined): Promise<ImageDataset> {
  return config.data.source === 'mini' ? loadMiniCifar10() : loadCifar10(directory ?? cacheDirectory());
}
