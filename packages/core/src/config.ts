/** Options and presets alone: the command line reads them without loading the numeric libraries. */
export * from './run/config.ts';
export * from './run/presets.ts';
