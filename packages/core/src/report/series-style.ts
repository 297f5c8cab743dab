import {
  type SymbolType,
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from 'd3-shape';
import type { ArmName } from '../run/config.ts';
import type { Evaluation, RunRecord } from '../run/record.ts';
import { element, type Markup } from './markup.ts';
import { type ColorPair, palette } from './palette.ts';

/** What is compared in every plot: the arms, and the network before the rounds (the paper's control). */
export type SeriesName = ArmName | 'control';

interface SeriesStyle {
  readonly label: string;
  readonly color: ColorPair;
  readonly shape: SymbolType;
  readonly turned: boolean;
  /** SVG dash pattern; empty for a full line. */
  readonly dash: string;
}

/**
 * One look for a series on the whole page. Shapes differ as well as colors, so that no plot depends on color.
 */
const styles: Readonly<Record<SeriesName, SeriesStyle>> = {
  control: { label: 'control', color: palette.grey, shape: symbolCircle, turned: false, dash: '2 3' },
  none: { label: 'none', color: palette.ink, shape: symbolCircle, turned: false, dash: '' },
  random: { label: 'random', color: palette.sky, shape: symbolSquare, turned: false, dash: '' },
  top: { label: 'top', color: palette.green, shape: symbolTriangle, turned: false, dash: '' },
  bottom: { label: 'bottom', color: palette.orange, shape: symbolTriangle, turned: true, dash: '' },
  asymmetric: { label: 'asymmetric', color: palette.vermilion, shape: symbolDiamond, turned: false, dash: '' },
  algorithm1: { label: 'Algorithm 1', color: palette.blue, shape: symbolCross, turned: false, dash: '' },
  algorithm2: { label: 'Algorithm 2', color: palette.purple, shape: symbolStar, turned: false, dash: '' },
  'class-weights': { label: 'class weights', color: palette.sky, shape: symbolWye, turned: false, dash: '7 3' },
  focal: { label: 'focal', color: palette.green, shape: symbolWye, turned: true, dash: '7 3' },
  'ldam-drw': { label: 'LDAM-DRW', color: palette.orange, shape: symbolStar, turned: true, dash: '7 3' },
  'asymmetric-margin': { label: 'asym. margin', color: palette.blue, shape: symbolDiamond, turned: false, dash: '7 3' },
  'logit-adjustment': { label: 'logit adj.', color: palette.purple, shape: symbolSquare, turned: false, dash: '7 3' },
};

/** The name a reader sees. */
export const seriesLabel = (name: SeriesName): string => styles[name].label;
/** Dash pattern of the series' lines, or undefined for a full line. */
export const seriesDash = (name: SeriesName): string | undefined => styles[name].dash || undefined;
/** CSS class that sets the series' color. */
export const seriesClass = (name: SeriesName): string => `series-${name}`;

/** The series' marker at a point; the control's is hollow. */
export function seriesMark(name: SeriesName, x: number, y: number, size = 46): Markup {
  const { shape, turned } = styles[name];
  return element('path', {
    class: `${seriesClass(name)} ${name === 'control' ? 'mark hollow' : 'mark'}`,
    d: symbol(shape, size)() ?? '',
    transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})${turned ? ' rotate(180)' : ''}`,
  });
}

/** CSS custom properties of all series, for one of the two color schemes. */
export function seriesCss(scheme: 'light' | 'dark'): string {
  return Object.entries(styles)
    .map(([name, style]) => `.series-${name}{--series:${style.color[scheme]}}`)
    .join('');
}

/** An evaluation with the name of its series. */
export interface Series {
  readonly name: SeriesName;
  readonly evaluation: Evaluation;
}

/** The control and then all arms of a record, in the order in which every plot shows them. */
export function seriesOf(record: RunRecord): Series[] {
  return [
    { name: 'control', evaluation: record.control },
    ...record.arms.map(({ name, evaluation }) => ({ name, evaluation })),
  ];
}
