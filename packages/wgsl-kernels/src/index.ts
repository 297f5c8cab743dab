export * from './errors.ts';
export type { Matrix } from './matrix.ts';
