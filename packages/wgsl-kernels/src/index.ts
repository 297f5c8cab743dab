export * from './errors.ts';
export type { Matrix } from './matrix.ts';
export { philox4x32 } from './philox.ts';
