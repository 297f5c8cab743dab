/** What a flag takes. The parsed value: boolean, string, number, string[], { minor, major }[] or numbers by name. */
export type FlagType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'text'; readonly hint: string }
  | ({ readonly kind: 'number'; readonly integer: boolean } & Range)
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'list'; readonly hint: string; readonly choices?: readonly string[] }
  | { readonly kind: 'pairs' }
  | { readonly kind: 'counts' };

/** Bounds of a number; `Above` and `Below` exclude the bound itself. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
}

/** One option of a command. */
export interface Flag {
  /** Kebab-case, without the dashes. */
  readonly name: string;
  readonly type: FlagType;
  readonly help: string;
  /** Heading of the help text under which it stands. */
  readonly group: string;
  /** `default 3`, printed by the help; the default itself is set where the option lives. */
  readonly shownDefault?: string;
  /** Environment variable that sets it too. */
  readonly environment?: string;
  /** Single letter. */
  readonly short?: string;
}

export interface ClassPairText {
  readonly minor: string;
  readonly major: string;
}

export type FlagValue =
  | boolean
  | number
  | string
  | readonly string[]
  | readonly ClassPairText[]
  | Readonly<Record<string, number>>;

/** Values by flag name; a flag that was not given is absent. */
export type FlagValues = ReadonlyMap<string, FlagValue>;
