import { describeRuntime } from '@csx/core/host';
import type { BenchRecord } from '../../record.ts';

interface Brand {
  readonly brand: string;
  readonly version: string;
}

/** What Chromium tells of itself where it is asked; other browsers have only the user agent. */
export interface UserAgentData {
  getHighEntropyValues(hints: readonly string[]): Promise<{
    readonly fullVersionList?: readonly Brand[];
    readonly platform?: string;
    readonly architecture?: string;
    readonly bitness?: string;
  }>;
}

/** By the user agent: what names it must be asked for before what it is built on, which it names too. */
const agents = [
  [/Edg\/([\d.]+)/, 'Edge'],
  [/Firefox\/([\d.]+)/, 'Firefox'],
  [/(?:Headless)?Chrome\/([\d.]+)/, 'Chrome'],
  [/Version\/([\d.]+).*Safari/, 'Safari'],
] as const;

/** Name and version by the user agent, which has zeros for the smaller parts of the version. */
export function browserByAgent(agent: string): { readonly name: string; readonly version: string } {
  for (const [pattern, name] of agents) {
    const version = pattern.exec(agent)?.[1];
    if (version !== undefined) return { name, version };
  }
  return { name: 'browser', version: agent };
}

/** The browser's own brand: not the one it is built on, nor the made-up one that keeps servers from guessing. */
export function ownBrand(brands: readonly Brand[]): Brand | undefined {
  const real = brands.filter(({ brand }) => !/not.?a.?brand/i.test(brand));
  return real.find(({ brand }) => brand !== 'Chromium') ?? real[0];
}

/** The browser as the runtime of a record. */
export async function describeBrowser(agent: string, data: UserAgentData | undefined): Promise<BenchRecord['runtime']> {
  const told = await data?.getHighEntropyValues(['fullVersionList', 'platform', 'architecture', 'bitness']);
  const brand = ownBrand(told?.fullVersionList ?? []);
  const { platform = '', architecture = '', bitness = '' } = told ?? {};
  // As Node writes it: linux-x64.
  const processor =
    architecture === 'x86' && bitness === '64' ? 'x64' : `${architecture}${bitness === '64' ? '64' : ''}`;
  return {
    ...describeRuntime(),
    packages: {},
    ...(brand === undefined ? browserByAgent(agent) : { name: brand.brand, version: brand.version }),
    ...(platform !== '' && { platform: [platform.toLowerCase(), processor].filter((part) => part !== '').join('-') }),
  };
}
