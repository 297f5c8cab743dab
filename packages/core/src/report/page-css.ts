import { seriesCss } from './series-style.ts';

const light = `--paper:#fff;--panel:#f6f8fa;--ink:#17202a;--soft:#5a6774;--rule:#dde3e9;--grid:#e9edf1;--tint:#eef4fa;--heat-right:#0067a8;--heat-wrong:#d55e00;--real-major:#8b97a3;--real-minor:#0067a8;--synthetic:#d55e00;--part-pairing:#0067a8;--part-ranking:#56b4e9;--part-placement:#de9000;--part-training:#c5cdd5;--part-latent:#009e73;--accent:#0067a8`;
const dark = `--paper:#10151b;--panel:#171e26;--ink:#e6ebf0;--soft:#9ba8b5;--rule:#2c3641;--grid:#222b35;--tint:#18242f;--heat-right:#4ba3e8;--heat-wrong:#f0722a;--real-major:#7d8a97;--real-minor:#5bb0f2;--synthetic:#ff8a42;--part-pairing:#3f8fe0;--part-ranking:#8fd0f7;--part-placement:#f0a820;--part-training:#4a5764;--part-latent:#14b98c;--accent:#6db7f2`;

/** The style sheet of the report: light, dark and print, without any external resource. */
export const pageCss = `
:root{color-scheme:light dark;${light}}
${seriesCss('light')}
@media screen and (prefers-color-scheme:dark){:root{${dark}}${seriesCss('dark')}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 32px}
header{padding-top:56px}
.eyebrow{margin:0 0 10px;color:var(--soft);font-size:13px;letter-spacing:.08em;text-transform:uppercase}
h1{margin:0 0 20px;font-size:clamp(26px,3.6vw,40px);line-height:1.18;font-weight:650;letter-spacing:-.015em;max-width:24em;text-wrap:balance}
.headline{margin:0 0 14px;font-size:clamp(18px,2vw,21px);line-height:1.5;max-width:46em}
.caveat,.note{color:var(--soft);font-size:14px;max-width:62em}
.caveat{margin:0 0 28px}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:18px 28px;margin:0;padding:20px 0;border-block:1px solid var(--rule)}
.facts dt{color:var(--soft);font-size:12.5px}
.facts dd{margin:2px 0 0;font-size:15px;line-height:1.45;overflow-wrap:anywhere}
.facts div:last-child{grid-column:1/-1}
nav ul{display:flex;flex-wrap:wrap;gap:6px 20px;margin:18px 0 0;padding:0;list-style:none;font-size:14px}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}
section{padding:56px 0 0}
h2{margin:0 0 8px;font-size:25px;line-height:1.25;font-weight:640;letter-spacing:-.01em}
.lead{margin:0 0 22px;color:var(--soft);max-width:52em}
figure{margin:0;min-width:0}
figcaption{margin:0 0 6px;font-size:15px}
figcaption b{font-weight:640}
.soft{color:var(--soft);font-size:13.5px}
figcaption .soft{margin-left:10px}
.gallery .legend{margin-bottom:8px;font-size:13px}
.gallery{display:flex;flex-wrap:wrap;gap:36px 40px;align-items:flex-start}
.gallery>figure{max-width:100%}
.gallery>figure>figcaption,.gallery>figure>.legend{width:0;min-width:100%}
.gallery.close{gap:28px 18px}
.below{margin-top:36px}
.beside{display:flex;flex-wrap:wrap;gap:12px 6px}
.scroll{overflow-x:auto;max-width:100%}
svg{display:block;max-width:100%;height:auto;font-family:inherit}
svg text{font-size:12px;fill:var(--ink)}
svg .tick{fill:var(--soft);font-size:11.5px}
svg .axis,svg .note{fill:var(--soft);font-size:12px}
svg .name{font-size:12.5px}
svg .value{font-size:12px;fill:var(--soft)}
svg .value.best{fill:var(--ink);font-weight:700}
svg .tag{fill:var(--accent);font-size:10.5px;font-weight:600;letter-spacing:.02em}
svg .count{font-size:10px}
svg .side{font-size:11.5px;fill:var(--ink);stroke:var(--paper);stroke-width:3.5px;stroke-linejoin:round;paint-order:stroke}
svg .count.strong{fill:var(--paper)}
.grid{stroke:var(--grid)}
.rule{stroke:var(--rule)}
.base{stroke:var(--soft);stroke-dasharray:3 3}
.line{fill:none;stroke:var(--series);stroke-width:1.9;stroke-linejoin:round;stroke-linecap:round}
.mark{fill:var(--series);stroke:var(--paper);stroke-width:.8}
.mark.hollow{fill:var(--paper);stroke:var(--series);stroke-width:1.8}
.stem{stroke:var(--series);stroke-width:2;opacity:.55}
.leader{stroke:var(--soft);stroke-width:.7;opacity:.6}
.bar{fill:var(--series)}
.band{fill:none}
.band.minor-band{fill:var(--tint)}
.window{fill:var(--accent);fill-opacity:.07;stroke:var(--accent);stroke-opacity:.45;stroke-dasharray:2 2}
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
.legend{display:flex;flex-wrap:wrap;gap:6px 20px;margin:0 0 18px;padding:0;list-style:none;font-size:14px}
.legend li{display:flex;align-items:center;gap:7px}
.narrow{display:none}
.swatch{width:14px;height:14px;border-radius:3px;background:var(--swatch)}
.swatch.right{--swatch:var(--heat-right)}
.swatch.wrong{--swatch:var(--heat-wrong)}
.swatch.real-major{--swatch:var(--real-major);border-radius:50%}
.swatch.real-minor{--swatch:var(--real-minor);border-radius:50%}
.swatch.synthetic{--swatch:var(--synthetic);transform:rotate(45deg) scale(.75)}
table{border-collapse:collapse;margin:10px 0 18px;font-size:14px;line-height:1.4}
caption{padding:0 0 8px;color:var(--soft);text-align:left;font-size:13.5px}
th,td{padding:7px 14px 7px 0;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
thead th{white-space:nowrap;color:var(--soft);font-weight:500;font-size:13px;vertical-align:bottom}
tbody th{font-weight:550;white-space:nowrap}
.number+:not(.number){padding-left:14px}
.number{text-align:right;white-space:nowrap;padding-left:10px}
.delta{display:inline-block;min-width:3.6em;margin-left:7px;color:var(--soft);font-size:12px}
strong{font-weight:720}
code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
details{margin-top:18px;border-top:1px solid var(--rule)}
details+details{margin-top:0}
summary{padding:11px 0;cursor:pointer;color:var(--accent);font-size:14.5px}
footer{padding-top:56px;padding-bottom:48px;color:var(--soft);font-size:13px}
@media (max-width:640px){.wide{display:none}.narrow{display:block}main,header,footer{padding-left:18px;padding-right:18px}header{padding-top:32px}section{padding-top:44px}}
@media print{body{font-size:11pt}main,header,footer{max-width:none;padding-left:0;padding-right:0}nav{display:none}section{padding-top:24px}figure,tr{break-inside:avoid}h2,.lead,.legend,caption,thead{break-after:avoid;break-inside:avoid}.scroll{overflow:visible}details::details-content{content-visibility:visible;block-size:auto}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
