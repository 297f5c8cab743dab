/**
 * The types of `@csx/core/host`. At run time the package's conditional export picks node, bun, deno or
 * browser, which all export the same names.
 */
export type * from './contract.ts';
export { describeRuntime, gatherDoctorFacts, hostName, listAdapters, processMemory, requestAdapter } from './node.ts';
