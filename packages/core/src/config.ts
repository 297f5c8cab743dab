/** Options, presets and file names alone: the command line reads them without loading the numeric libraries. */
export * from './run/config.ts';
export * from './run/presets.ts';
export { extrasFile, identityFile, recordFile, reportFile, splitFile } from './run/run-files.ts';
