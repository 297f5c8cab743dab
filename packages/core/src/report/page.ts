/**
 * `@csx/core/page`: what csx's own pages are drawn with, for packages beside this one that draw such pages. Not meant for
 * users, and without a promise to stay as it is.
 */
export {
  type AxisScale,
  bottomAxis,
  chart,
  leftAxis,
  type PlotArea,
  shortened,
  textWidth,
} from './charts/frame.ts';
export { linePath } from './charts/path.ts';
export { spreadApart } from './charts/spread-apart.ts';
export { bytes, counted, listed, significant } from './format.ts';
export { htmlDocument } from './html-document.ts';
export { type Child, element, type Markup } from './markup.ts';
export { pageStyle } from './page-style.ts';
export { type ColorPair, palette } from './palette.ts';
export { figure, forBothWidths, gallery, section } from './sections/section.ts';
export { details, table } from './table.ts';
