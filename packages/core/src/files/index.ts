export { loadCifar10 } from './cifar10-directory.ts';
export { DirectoryStore } from './directory-store.ts';
export { loadMiniCifar10 } from './mini-cifar10.ts';
