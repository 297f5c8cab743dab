/** One color on light pages and on dark ones. */
export interface ColorPair {
  readonly light: string;
  readonly dark: string;
}

/**
 * Colors of what plots compare, after Okabe and Ito's palette, which people with color-vision deficiencies tell apart
 * (its yellow is left out: too pale on white).
 */
export const palette = {
  grey: { light: '#7d8894', dark: '#8f9aa6' },
  ink: { light: '#1b232c', dark: '#f2f5f8' },
  sky: { light: '#3f9fdb', dark: '#56b4e9' },
  green: { light: '#009e73', dark: '#14b98c' },
  orange: { light: '#de9000', dark: '#f0a820' },
  vermilion: { light: '#d55e00', dark: '#f0722a' },
  blue: { light: '#0067a8', dark: '#3f8fe0' },
  purple: { light: '#bd5f97', dark: '#d98cb9' },
} as const satisfies Readonly<Record<string, ColorPair>>;
