import { UsageError } from './usage-error.ts';

const units: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 };

/**
 * Reads a number of bytes: "512MiB", "1.5 GiB", "1000000".
 * @throws UsageError
 */
export function parseBytes(text: string, where: string): number {
  const [, number, unit] = /^(\d+\.?\d*|\.\d+)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (units[unit?.toLowerCase()] ?? Number.NaN));
  if (!Number.isSafeInteger(bytes))
    throw new UsageError(`${where}: got ${JSON.stringify(text)}, expected a number of bytes, such as 512MiB or 1.5GiB`);
  return bytes;
}
