const light =
  '--paper:#fff;--panel:#f6f8fa;--ink:#17202a;--soft:#5a6774;--rule:#dde3e9;--grid:#e9edf1;--tint:#eef4fa;--accent:#0067a8';
const dark =
  '--paper:#10151b;--panel:#171e26;--ink:#e6ebf0;--soft:#9ba8b5;--rule:#2c3641;--grid:#222b35;--tint:#18242f;--accent:#6db7f2';

/** What a page adds to the common style. */
export interface OwnStyle {
  /** Rules that set its colors where the page is light, and where it is dark. */
  readonly light: string;
  readonly dark: string;
  /** All other rules. */
  readonly rules: string;
}

/** The style sheet of a page: light, dark and print, without any external resource. */
export function pageStyle(own: OwnStyle): string {
  return `
:root{color-scheme:light dark;${light}}
${own.light}
@media screen and (prefers-color-scheme:dark){:root{${dark}}${own.dark}}
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
.below{margin-top:36px}
.beside{display:flex;flex-wrap:wrap;gap:12px 6px}
.scroll{overflow-x:auto;max-width:100%}
svg{display:block;max-width:100%;height:auto;font-family:inherit}
svg text{font-size:12px;fill:var(--ink)}
svg .tick{fill:var(--soft);font-size:11.5px}
svg .axis,svg .note{fill:var(--soft);font-size:12px}
svg .name{font-size:12.5px}
svg .value{font-size:12px;fill:var(--soft)}
.grid{stroke:var(--grid)}
.rule{stroke:var(--rule)}
.base{stroke:var(--soft);stroke-dasharray:3 3}
.line{fill:none;stroke:var(--series);stroke-width:1.9;stroke-linejoin:round;stroke-linecap:round}
.mark{fill:var(--series);stroke:var(--paper);stroke-width:.8}
.mark.hollow{fill:var(--paper);stroke:var(--series);stroke-width:1.8}
.leader{stroke:var(--soft);stroke-width:.7;opacity:.6}
.bar{fill:var(--series)}
.legend{display:flex;flex-wrap:wrap;gap:6px 20px;margin:0 0 18px;padding:0;list-style:none;font-size:14px}
.legend li{display:flex;align-items:center;gap:7px}
.narrow{display:none}
.swatch{width:14px;height:14px;border-radius:3px;background:var(--swatch)}
table{border-collapse:collapse;margin:10px 0 18px;font-size:14px;line-height:1.4}
caption{padding:0 0 8px;color:var(--soft);text-align:left;font-size:13.5px}
th,td{padding:7px 14px 7px 0;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
thead th{white-space:nowrap;color:var(--soft);font-weight:500;font-size:13px;vertical-align:bottom}
tbody th{font-weight:550;white-space:nowrap}
.number+:not(.number){padding-left:14px}
.number{text-align:right;white-space:nowrap;padding-left:10px}
strong{font-weight:720}
code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
details{margin-top:18px;border-top:1px solid var(--rule)}
details+details{margin-top:0}
summary{padding:11px 0;cursor:pointer;color:var(--accent);font-size:14.5px}
footer{padding-top:56px;padding-bottom:48px;color:var(--soft);font-size:13px}
${own.rules}
@media (max-width:640px){.wide{display:none}.narrow{display:block}main,header,footer{padding-left:18px;padding-right:18px}header{padding-top:32px}section{padding-top:44px}}
@media print{body{font-size:11pt}main,header,footer{max-width:none;padding-left:0;padding-right:0}nav{display:none}section{padding-top:24px}figure,tr{break-inside:avoid}h2,.lead,.legend,caption,thead{break-after:avoid;break-inside:avoid}.scroll{overflow:visible}details::details-content{content-visibility:visible;block-size:auto}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
}
