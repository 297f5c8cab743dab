/** Put in when the bundle is made: a page has no manifests to read. */
declare const packageVersions: Readonly<Record<string, string>>;

/** Version of an npm package in the bundle: `peers/package-version.ts` of a page. */
export const packageVersion = (name: string): string => packageVersions[name] ?? 'unknown';
