/** The names of GPUAdapterInfo, as the implementation gives them. */
export interface RawAdapterNames {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}

/** Drivers that compute on the CPU, and one name for each. */
const softwareDrivers: readonly (readonly [RegExp, string])[] = [
  [/swiftshader/i, 'swiftshader'],
  [/llvmpipe|lavapipe/i, 'llvmpipe'],
  [/softpipe/i, 'softpipe'],
  [/basic[ -]render|\bwarp\b/i, 'warp'],
  [/software[ -](rasterizer|renderer|adapter)/i, 'software'],
];

/** Vendors that wgpu gives by their PCI number alone. */
const pciVendors: Readonly<Record<number, string>> = {
  0x1002: 'amd',
  0x106b: 'apple',
  0x10de: 'nvidia',
  0x13b5: 'arm',
  0x1414: 'microsoft',
  0x1ae0: 'google',
  0x5143: 'qualcomm',
  0x8086: 'intel',
};

/** PCI numbers, as wgpu writes vendors and devices ("4318") and Dawn some devices ("0x2330"). */
function isNumber(text: string): boolean {
  return /^(\d+|0x[0-9a-f]+)$/i.test(text);
}

/** Dawn describes some adapters by their driver: "NVIDIA: 550.54.14", "SwiftShader driver 5.0.0", "Mesa 25.0.7". */
function namesDriver(text: string): boolean {
  return /driver|\bmesa\b|\d+\.\d+/i.test(text);
}

function slug(text: string): string {
  return text
    .replace(/\((r|tm|c)\)/gi, '')
    .replace(/\(.*?\)/g, ' ')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** The driver's name when the names are those of one that computes on the CPU. */
export function softwareDriverName(raw: RawAdapterNames): string | undefined {
  const all = `${raw.vendor} ${raw.architecture} ${raw.device} ${raw.description}`;
  return softwareDrivers.find(([pattern]) => pattern.test(all))?.[1];
}

/** One name for the same hardware or driver, whichever implementation reports it: `swiftshader`, `nvidia-h100-80gb-hbm3`. */
export function normalizedAdapterName(raw: RawAdapterNames): string {
  const software = softwareDriverName(raw);
  if (software !== undefined) return software;
  const vendor = slug(isNumber(raw.vendor) ? (pciVendors[Number(raw.vendor)] ?? '') : raw.vendor);
  // Dawn has the card's name in `device`, wgpu in `description`; browsers tell the architecture only.
  const models = [raw.device, raw.description, raw.architecture].filter(
    (text) => text !== '' && !isNumber(text) && !(text === raw.description && namesDriver(text)),
  );
  const model = models.map(slug).find((text) => text !== '') ?? '';
  if (model === '') return vendor === '' ? 'unnamed' : vendor;
  return vendor === '' || model.startsWith(vendor) ? model : `${vendor}-${model}`;
}
