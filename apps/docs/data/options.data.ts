import { presets, runConfigSchema } from '@csx/core/config';
import { z } from 'zod';

export interface OptionRow {
  readonly name: string;
  readonly default: string;
  readonly range: string;
  readonly meaning: string;
}

export interface OptionGroup {
  readonly name: string;
  readonly options: readonly OptionRow[];
}

declare const data: OptionGroup[];

export { data };

/** The part of JSON Schema that the options use. */
interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly enum?: readonly string[];
  readonly items?: SchemaNode;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
  readonly description?: string;
}

function rangeOf(node: SchemaNode): string {
  const choices = node.enum ?? node.items?.enum;
  if (choices) return choices.join(', ');
  const least = node.minimum ?? node.exclusiveMinimum;
  const most = node.maximum ?? node.exclusiveMaximum;
  if (node.type === 'boolean') return 'true, false';
  const from = least === undefined ? '' : `${node.minimum === undefined ? 'above' : 'from'} ${least}`;
  const to = most === undefined || most === Number.MAX_SAFE_INTEGER ? '' : `to ${most}`;
  return `${from} ${to}`.trim();
}

function show(value: unknown): string {
  if (value === undefined) return '';
  return Array.isArray(value)
    ? value.map(show).join(', ')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
}

/** The default, and what presets set instead. */
function defaultOf(path: readonly string[], node: SchemaNode): string {
  const others = Object.entries(presets).flatMap(([name, preset]) => {
    const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], preset);
    const text = Array.isArray(value) && typeof value[0] === 'object' ? "the paper's" : show(value);
    return value === undefined || text === show(node.default) || path[0] === 'preset' ? [] : [`${name}: ${text}`];
  });
  return [show(node.default), ...others].filter((text) => text !== '').join('; ');
}

function rowsOf(node: SchemaNode, path: readonly string[]): OptionRow[] {
  if (node.properties) return Object.entries(node.properties).flatMap(([key, child]) => rowsOf(child, [...path, key]));
  return [
    { name: path.join('.'), default: defaultOf(path, node), range: rangeOf(node), meaning: node.description ?? '' },
  ];
}

export default {
  load(): OptionGroup[] {
    const schema: SchemaNode = z.toJSONSchema(runConfigSchema, { io: 'input' }) as SchemaNode;
    const entries = Object.entries(schema.properties ?? {});
    const general = entries.filter(([, node]) => !node.properties);
    const groups = entries.filter(([, node]) => node.properties);
    return [
      { name: 'run', options: general.flatMap(([key, node]) => rowsOf(node, [key])) },
      ...groups.map(([key, node]) => ({ name: key, options: rowsOf(node, [key]) })),
    ];
  },
};
