export { loadCifar10 } from './cifar10-directory.ts';
export { loadMiniCifar10 } from './mini-cifar10.ts';
