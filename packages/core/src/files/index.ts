export { cacheDirectory } from './cache-directory.ts';
export { loadCifar10 } from './cifar10-directory.ts';
export { type FetchResult, fetchCifar10 } from './cifar10-fetch.ts';
export { type Cifar10Source, cifar10Sources, type FetchOptions, type FetchProgress } from './cifar10-sources.ts';
export { type VerifiedFile, verifyCifar10 } from './cifar10-verify.ts';
export { DirectoryStore } from './directory-store.ts';
export { loadMiniCifar10 } from './mini-cifar10.ts';
export { openRowFile, type RowFile } from './row-file.ts';
export { readTuning, tuningFile, writeTuning } from './tuning-file.ts';
