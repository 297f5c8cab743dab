import { pageStyle } from './page-style.ts';
import { seriesCss } from './series-style.ts';

const light = `--heat-right:#0067a8;--heat-wrong:#d55e00;--real-major:#8b97a3;--real-minor:#0067a8;--synthetic:#d55e00;--part-pairing:#0067a8;--part-ranking:#56b4e9;--part-placement:#de9000;--part-training:#c5cdd5;--part-latent:#009e73`;
const dark = `--heat-right:#4ba3e8;--heat-wrong:#f0722a;--real-major:#7d8a97;--real-minor:#5bb0f2;--synthetic:#ff8a42;--part-pairing:#3f8fe0;--part-ranking:#8fd0f7;--part-placement:#f0a820;--part-training:#4a5764;--part-latent:#14b98c`;

/** The style sheet of the report. */
export const pageCss = pageStyle({
  light: `:root{${light}}${seriesCss('light')}`,
  dark: `:root{${dark}}${seriesCss('dark')}`,
  rules: `
.gallery.close{gap:28px 18px}
svg .value.best{fill:var(--ink);font-weight:700}
svg .tag{fill:var(--accent);font-size:10.5px;font-weight:600;letter-spacing:.02em}
svg .count{font-size:10px}
svg .side{font-size:11.5px;fill:var(--ink);stroke:var(--paper);stroke-width:3.5px;stroke-linejoin:round;paint-order:stroke}
svg .count.strong{fill:var(--paper)}
.stem{stroke:var(--series);stroke-width:2;opacity:.55}
.band{fill:none}
.band.minor-band{fill:var(--tint)}
.window{fill:var(--accent);fill-opacity:.07;stroke:var(--accent);stroke-opacity:.45;stroke-dasharray:2 2}
.share{fill:var(--series);opacity:.25}
.heat{stroke:var(--grid);stroke-width:.5}
.heat.right{fill:var(--heat-right)}
.heat.wrong{fill:var(--heat-wrong)}
.dots{fill:none;stroke-width:3.6;stroke-linecap:round;opacity:.62}
.dots.real-major{stroke:var(--real-major)}
.dots.real-minor{stroke:var(--real-minor)}
.diamonds.synthetic{fill:var(--synthetic);stroke:var(--paper);stroke-width:.5}
.ridge{fill-opacity:.22;stroke-width:1.4}
.ridge.real-major{fill:var(--real-major);stroke:var(--real-major)}
.ridge.real-minor{fill:var(--real-minor);stroke:var(--real-minor)}
.ridge.synthetic{fill:var(--synthetic);stroke:var(--synthetic)}
.boundary{stroke:var(--ink);stroke-width:1.4}
.boundary.final{stroke-dasharray:6 4}
.part-pairing{fill:var(--part-pairing);--swatch:var(--part-pairing)}
.part-ranking{fill:var(--part-ranking);--swatch:var(--part-ranking)}
.part-placement{fill:var(--part-placement);--swatch:var(--part-placement)}
.part-latent{fill:var(--part-latent);--swatch:var(--part-latent)}
.part-training{fill:var(--part-training);--swatch:var(--part-training)}
.swatch.right{--swatch:var(--heat-right)}
.swatch.wrong{--swatch:var(--heat-wrong)}
.swatch.real-major{--swatch:var(--real-major);border-radius:50%}
.swatch.real-minor{--swatch:var(--real-minor);border-radius:50%}
.swatch.synthetic{--swatch:var(--synthetic);transform:rotate(45deg) scale(.75)}
.delta{display:inline-block;min-width:3.6em;margin-left:7px;color:var(--soft);font-size:12px}
`,
});
