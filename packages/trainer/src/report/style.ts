/**
 * The style sheet of the report. Colours are named by their use: one accent, which stands for the test set and for
 * mistakes; all else is ink on paper. Every text colour has a contrast of at least 4.5 : 1 on the page.
 */
export const style = `
:root {
  --page: #fbfaf7; --raised: #f3f0ea; --ink: #1d1c1a; --muted: #67635b; --line: #e3dfd6; --quiet: #8d887e; --accent: #0a6c7e;
}
@media screen {
  :root { color-scheme: light dark; }
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #151618; --raised: #1e2023; --ink: #eae8e3; --muted: #a5a199; --line: #2f3135; --quiet: #8a8780; --accent: #58c4d8;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 1080px; padding: clamp(28px, 6vw, 72px) clamp(18px, 5vw, 48px) 96px;
  background: var(--page); color: var(--ink);
  font: 15px/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, h3, p, dl, dd, ul, figure { margin: 0; padding: 0; }
ul { list-style: none; }
h1 { font-size: clamp(26px, 4.6vw, 38px); line-height: 1.15; letter-spacing: -0.02em; font-weight: 650; overflow-wrap: anywhere; }
h2 { font-size: 21px; line-height: 1.3; letter-spacing: -0.01em; font-weight: 650; margin-bottom: 8px; }
h3 { font-size: 15px; font-weight: 600; }
section { margin-top: clamp(48px, 8vw, 80px); }
code { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.9em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
.note { color: var(--muted); max-width: 46em; text-wrap: pretty; }
.eyebrow { color: var(--accent); font-size: 13px; font-weight: 600; letter-spacing: 0.02em; margin-bottom: 10px; }
.notice { margin-top: 24px; padding: 12px 16px; max-width: 46em; background: var(--raised); border-left: 3px solid var(--accent); border-radius: 0 6px 6px 0; }

.headline { display: grid; grid-template-columns: minmax(250px, 1fr) 2fr; gap: 32px 56px; align-items: start; margin-top: 44px; }
.hero { display: grid; }
.hero-figure { font-size: clamp(48px, 8vw, 62px); line-height: 1; letter-spacing: -0.035em; font-weight: 650; color: var(--accent); white-space: nowrap; }
.hero-label { font-weight: 600; margin-top: 12px; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(138px, 1fr)); gap: 20px 28px; }
.figures > div { border-top: 1px solid var(--line); padding-top: 8px; }
dt { color: var(--muted); font-size: 13px; }
dd { font-size: 18px; font-weight: 550; overflow-wrap: anywhere; line-height: 1.35; }
.hash { margin-top: 28px; font-size: 13px; color: var(--muted); overflow-wrap: anywhere; }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); gap: 36px 48px; margin: 24px 0 20px; }
.chart-figure figcaption { display: flex; flex-wrap: wrap; gap: 0 20px; justify-content: space-between; align-items: baseline; margin-bottom: 6px; }
.legend { display: flex; flex-wrap: wrap; gap: 0 16px; font-size: 13px; color: var(--muted); }
.legend b { font-weight: 600; color: var(--ink); }
.mark { display: inline-block; width: 14px; height: 0; border-top: 2px solid var(--quiet); vertical-align: middle; margin-right: 4px; }
.mark.accent { border-color: var(--accent); border-top-width: 3px; }
.chart { display: block; width: 100%; height: auto; color: var(--muted); }
.chart text { white-space: pre; }

.scroll { overflow-x: auto; margin-top: 20px; padding-bottom: 4px; }
table { border-collapse: collapse; font-size: 14px; }
caption { text-align: left; color: var(--muted); font-size: 13px; padding-bottom: 10px; }
th { font-weight: 550; text-align: left; }
td { text-align: right; }
.matrix { border-collapse: separate; border-spacing: 2px; }
.matrix th, .matrix td { padding: 7px 8px; }
.matrix td, .matrix thead th { text-align: center; min-width: 54px; }
.matrix td { border-radius: 4px; }
.matrix tbody th, .matrix tfoot th, .matrix .corner { position: sticky; left: 0; background: var(--page); text-align: right; max-width: 15em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; z-index: 1; }
.matrix .corner { color: var(--muted); font-weight: 400; font-size: 12px; vertical-align: bottom; }
.matrix.upright thead th { vertical-align: bottom; padding-inline: 2px; }
.matrix.upright thead th:not(.corner, .margin) span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 13em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: left; }
.matrix .right { background: var(--raised); font-weight: 600; }
.matrix .wrong { background: color-mix(in srgb, var(--accent) var(--tint), var(--page)); }
.matrix .zero { color: var(--muted); font-size: 13px; }
.matrix .margin { text-align: right; padding-left: 14px; }
.matrix td.margin, .matrix tfoot td { color: var(--muted); font-size: 13px; white-space: nowrap; }
.matrix tfoot th, .matrix tfoot td { padding-top: 10px; }
.matrix.dense { font-size: 11px; border-spacing: 1px; }
.matrix.dense th, .matrix.dense td { padding: 3px 2px; }
.matrix.dense td, .matrix.dense thead th { min-width: 24px; }
.matrix.dense tbody th, .matrix.dense tfoot th { padding-right: 8px; }
.matrix.dense td.margin, .matrix.dense tfoot td { font-size: 11px; }
.matrix.dense tfoot td span { writing-mode: vertical-rl; transform: rotate(180deg); }
.data { width: 100%; }
.data th, .data td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); }
.data th + th, .data td { text-align: right; padding: 6px 0 6px 16px; white-space: nowrap; }
.data .text, .data th + .text { text-align: left; white-space: normal; }
.data thead th { color: var(--muted); font-weight: 500; font-size: 13px; vertical-align: bottom; }
.data tbody th { overflow-wrap: anywhere; }
.more { margin-top: 20px; }
summary { cursor: pointer; color: var(--accent); font-weight: 550; width: fit-content; }

.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); gap: 32px 24px; margin-top: 24px; }
.frame { display: grid; place-items: center; height: 156px; padding: 8px; background: var(--raised); border-radius: 8px; }
.frame img { image-rendering: pixelated; max-width: 100%; object-fit: contain; border-radius: 2px; }
.pictures figcaption { margin-top: 10px; font-size: 13px; line-height: 1.5; color: var(--muted); overflow-wrap: anywhere; }
.pictures figcaption p { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 6px; }
.pictures b { color: var(--ink); font-weight: 600; font-size: 14px; }
.pictures .p { margin-left: auto; white-space: nowrap; }

.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); gap: 0 56px; align-items: start; }
.settings { width: 100%; margin-top: 8px; table-layout: fixed; }
.settings th, .settings td { padding: 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; text-align: left; }
.settings th { width: 44%; padding-right: 16px; font-weight: 400; color: var(--muted); }
.settings td { font-weight: 500; }
.commands { display: grid; gap: 8px; margin-top: 12px; }
.commands code { display: block; padding: 12px 16px; background: var(--raised); border-radius: 8px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }

@media (max-width: 720px) {
  .headline { grid-template-columns: 1fr; }
  .pictures { grid-template-columns: repeat(auto-fill, minmax(144px, 1fr)); gap: 24px 16px; }
  .matrix th, .matrix td { padding: 5px 4px; }
  .matrix td, .matrix thead th { min-width: 28px; }
  .matrix td.margin, .matrix tfoot td { font-size: 12px; }
  .matrix tfoot td span { writing-mode: vertical-rl; transform: rotate(180deg); }
  .matrix .corner { white-space: normal; max-width: 5em; }
  .matrix tbody th { max-width: 7em; }
}
@media print {
  @page { margin: 16mm 14mm; }
  :root { --page: #fff; }
  body { max-width: none; padding: 0; font-size: 10.5pt; background: none; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  section { margin-top: 32px; }
  h2, h3, caption { break-after: avoid; }
  figure, tr, li, .notice { break-inside: avoid; }
  .charts { grid-template-columns: 1fr 1fr; gap: 24px; }
  .columns { grid-template-columns: 1fr 1fr; gap: 24px; }
  .pictures { grid-template-columns: repeat(5, 1fr); gap: 16px 12px; }
  .pictures .frame { height: 112px; padding: 4px; }
  .pictures .frame img { max-height: 104px; width: auto; }
  .pictures figcaption { font-size: 8pt; }
  .scroll { overflow: visible; }
  .more:not([open]) { display: none; }
}
`;
