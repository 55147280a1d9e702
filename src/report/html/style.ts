/** How the page looks: by the reader's light or dark, on a phone or on paper. Every pair of colours has a contrast of 4.5 or more. */
export const STYLE = `:root {
  color-scheme: light dark;
  --bg: #f6f6f3; --card: #fff; --ink: #1a1c1f; --dim: #585e66; --line: #d8dad4; --link: #0a55b0;
  --pass: #17713c; --fail: #b91c27; --warn: #855600;
  --pass-bg: #e2f2e7; --fail-bg: #fbe5e5; --warn-bg: #faeed3;
  --in0: #edf3fb; --in1: #cbdff6; --in2: #94bcec; --x0: #fbcd8f; --x1: #ee8136; --x2: #a8121c; --nan: #70208f;
  --on-in: #1a1c1f; --on-x1: #1a1c1f; --on-x2: #fff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #121417; --card: #1a1d21; --ink: #e7e8ea; --dim: #a2a8b0; --line: #34383f; --link: #82b6ff;
    --pass: #63cd8f; --fail: #ff8388; --warn: #e7b84a;
    --pass-bg: #16301f; --fail-bg: #3d1a1d; --warn-bg: #362a10;
    --in0: #1e2a38; --in1: #234367; --in2: #2c5f98; --x0: #7a4b10; --x1: #d4691f; --x2: #ff6a6e; --nan: #cf8bf2;
    --on-in: #f2f4f7; --on-x1: #121417; --on-x2: #121417;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem clamp(.75rem, 3vw, 2rem) 4rem; background: var(--bg); color: var(--ink);
  font: 1rem/1.5 system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; overflow-wrap: anywhere; }
code, .map, .elements td, .number { font-variant-numeric: tabular-nums; }
code { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: .875em; }
td, th, dd, p, code, .name { unicode-bidi: isolate; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 1px; }
h1, h2, h3 { line-height: 1.2; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.375rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
small, .dim { color: var(--dim); font-size: .875rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
h2 .dim { font-weight: 400; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; z-index: 3; padding: .5rem 1rem; background: var(--card); }

.tool { margin: 0; color: var(--dim); }
h1 { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25em .6em; margin: .1em 0 .6em; font-size: clamp(1.9rem, 6vw, 2.75rem); font-weight: 800; color: var(--warn); }
h1 span { font-size: 1.125rem; font-weight: 400; color: var(--ink); }
h1.pass { color: var(--pass); }
h1.fail, h1.error { color: var(--fail); }
.tiles { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 0 .75rem; padding: 0; list-style: none; }
.tiles li { padding: .4rem .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
.tiles b { font-size: 1.125rem; }
.tiles .pass b { color: var(--pass); }
.tiles .fail, .tiles .error { border-color: var(--fail); }
.tiles .fail b, .tiles .error b { color: var(--fail); }
.tiles .inconclusive b { color: var(--warn); }

.badge { display: inline-block; padding: 0 .45em; border-radius: .3em; font-size: .8125rem; font-weight: 700; white-space: nowrap; background: var(--line); }
.badge.pass, .badge.improved { color: var(--pass); background: var(--pass-bg); }
.badge.fail, .badge.error, .badge.regressed { color: var(--fail); background: var(--fail-bg); }
.badge.inconclusive, .badge.missing, .badge.changed-config { color: var(--warn); background: var(--warn-bg); }

.finding, .layer { margin: .5rem 0; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); content-visibility: auto; contain-intrinsic-size: auto 2.75rem; }
.finding > summary, .layer > summary { padding: .6rem .9rem; cursor: pointer; }
.name { font-weight: 600; }
.finding[open] > summary { border-bottom: 1px solid var(--line); }
.finding > :not(summary) { margin: .9rem; }
.layer > .finding { margin: .5rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .35rem 1rem; }
dt { color: var(--dim); }
dd, dd p { margin: 0; }
.command { display: block; padding: .4rem .6rem; border-radius: .3rem; background: var(--bg); user-select: all; }

.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
.scroll table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
.scroll th, .scroll td { padding: .35rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
.scroll tr:last-child > * { border-bottom: 0; }
.scroll tbody th { font-weight: 600; }
.scroll thead th { position: sticky; top: 0; background: var(--card); color: var(--dim); font-weight: 600; white-space: nowrap; }
.list td { min-width: 6rem; }
.list td:nth-child(3) { min-width: 14rem; }
.scroll small { display: block; }
.scroll .number, .elements td, .elements th { text-align: right; white-space: nowrap; }
caption { padding: .35rem .7rem; text-align: left; color: var(--dim); }
thead button { padding: 0; border: 0; background: none; color: inherit; font: inherit; cursor: pointer; }
thead button::after { content: ' ↕' / ''; opacity: .5; }
[aria-sort] button { color: var(--ink); }
[aria-sort] button::after { opacity: 1; }
[aria-sort=ascending] button::after { content: ' ↑' / ''; }
[aria-sort=descending] button::after { content: ' ↓' / ''; }
.elements { width: auto !important; }
#filters { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; margin: .75rem 0; }
#filters[hidden] { display: none; }
#filters input[type=search], select, #filters button { padding: .4rem .6rem; border: 1px solid var(--dim); border-radius: .35rem; background: var(--card); color: var(--ink); font: inherit; }
#shown { margin: .5rem 0; color: var(--dim); }

.heat { position: relative; margin: 1rem 0; padding-bottom: 3rem; }
.heat figcaption { color: var(--dim); font-size: .875rem; }
.maps { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; margin: .5rem 0; padding: 3px; overflow-x: auto; }
.map { border-collapse: separate; border-spacing: 2px; font-size: .75rem; line-height: 1; }
.map caption { padding: 0 0 .15rem; white-space: nowrap; }
.map th { padding: 0 .25rem; color: var(--dim); font-weight: 400; white-space: nowrap; }
.map td:not(.corner) { width: 1.75rem; min-width: 1.75rem; height: 1.75rem; padding: 0; border-radius: 3px; text-align: center; cursor: default; }
.map td[data-e]::before { content: attr(data-e) / ''; }
.in0, .right { background: var(--in0); }
.in1 { background: var(--in1); }
.in2 { background: var(--in2); }
.x0 { background: var(--x0); }
.in0, .in1, .in2, .x0, .right { color: var(--on-in); }
.x1 { background: var(--x1); color: var(--on-x1); }
.x2 { background: var(--x2); color: var(--on-x2); }
.nan { background: var(--nan); }
.x2, .x1, .nan, .wrong { font-weight: 700; }
.wrong { background: repeating-linear-gradient(45deg, var(--x2) 0 3px, var(--card) 3px 6px); }
.unknown { box-shadow: inset 0 0 0 1px var(--line); }
.map span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.map td:hover, .map td:focus { outline: 2px solid var(--ink); outline-offset: 0; }
.map td:hover > span, .map td:focus > span { left: 0; right: 0; top: calc(100% - 2.75rem); z-index: 1; width: auto; height: auto; clip-path: none; white-space: normal;
  padding: .4rem .7rem; border: 1px solid var(--dim); border-radius: .35rem; background: var(--bg); color: var(--ink); font-size: .875rem; font-weight: 400; line-height: 1.4; text-align: left; }
.map td:hover > span { z-index: 2; }
.heat::after { content: 'The number is the power of ten of the error. Point at a cell, tap it or walk with the arrow keys to read it.';
  position: absolute; top: calc(100% - 2.5rem); left: 0; color: var(--dim); font-size: .875rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: .5rem 0; padding: 0; list-style: none; font-size: .8125rem; color: var(--dim); }
.legend i { display: inline-block; width: 1rem; height: 1rem; margin-right: .35rem; border-radius: 3px; vertical-align: -.15em; }
.chart { margin-bottom: .75rem; overflow-x: auto; }
.chart svg { display: block; width: 100%; min-width: 32rem; max-width: 45rem; height: auto; font-size: 11px; }
.chart text { white-space: pre; }
@media (max-width: 40rem) {
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: .5rem; }
  .scroll th, .scroll td { padding: .3rem .45rem; }
  .list td:nth-child(3) { min-width: 10rem; }
  .finding:hover, .finding:focus-within { content-visibility: visible; }
  .map td:hover > span, .map td:focus > span { position: fixed; top: auto; bottom: 0; }
  #filters label, #filters input[type=search] { flex: 1 1 100%; }
}
@media print {
  .scroll, .chart, .maps { overflow: visible; }
  #filters { display: none; }
}
`;
