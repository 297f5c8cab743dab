export { loadCifar10 } from './cifar10-directory.ts';
