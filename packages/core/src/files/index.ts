export {
  type ResampledFile,
  type ResampleFileInput,
  type ResampleFileResources,
  resampleFile,
} from '../resample-file/resample-file.ts';
export { cacheDirectory } from './cache-directory.ts';
export { loadCifar10 } from './cifar10-directory.ts';
export { type FetchResult, fetchCifar10 } from './cifar10-fetch.ts';
export { type Cifar10Source, cifar10Sources, type FetchOptions, type FetchProgress } from './cifar10-sources.ts';
export { type VerifiedFile, verifyCifar10 } from './cifar10-verify.ts';
export { DirectoryStore } from './directory-store.ts';
export type { LabelColumn, LabelType } from './latent-files/label-column.ts';
export { labelCounts } from './latent-files/label-column.ts';
export type { LatentContent, LatentRows, RowProvenance } from './latent-files/latent-content.ts';
export type { LatentFile, LatentFormat, LatentNames, OpenLatentsOptions } from './latent-files/latent-file.ts';
export { latentFormatOf, openLatents } from './latent-files/open-latents.ts';
export { latentOutputPaths, type WriteLatentsInput, writeLatents } from './latent-files/write-latents.ts';
export { loadMiniCifar10 } from './mini-cifar10.ts';
export { openRowFile, type RowFile } from './row-file.ts';
export { readTuning, tuningFile, writeTuning } from './tuning-file.ts';
