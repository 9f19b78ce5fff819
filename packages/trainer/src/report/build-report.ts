import { loadChartPainter } from './chart.ts';
import { checkReportData } from './check.ts';
import { confusionFigures } from './confusion.ts';
import { confusionSection } from './confusion-section.ts';
import { curvesSection } from './curves.ts';
import type { ReportData } from './data.ts';
import { headline } from './headline.ts';
import { Html, html } from './html.ts';
import { mistakesSection } from './mistakes.ts';
import { nextSection } from './next.ts';
import { loadPngEncoder } from './png.ts';
import { settingsSection } from './settings.ts';
import { style } from './style.ts';

/** The page can fetch and run nothing, even if something slipped through the escaping. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/**
 * Builds the report of a training run: one HTML file that needs no network and no script, follows the reader's light or
 * dark setting, and prints. The same data gives the same file.
 *
 * @returns the whole file as text, to be written as UTF-8
 * @throws ReportDataError (`ERR_REPORT_DATA`) where the sizes in the data contradict each other
 */
export async function buildReport(data: ReportData): Promise<string> {
  checkReportData(data);
  const [paint, encode] = await Promise.all([loadChartPainter(), loadPngEncoder()]);
  const figures = confusionFigures(data.confusion);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${data.title} · Lockstep</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body>
${headline(data, figures)}
<main>
${curvesSection(data, paint)}
${confusionSection(data, figures)}
${await mistakesSection(data, figures, encode)}
<div class="columns">
${settingsSection('configuration', 'Configuration', data.config)}
${settingsSection('machine', 'Machine', data.machine)}
</div>
${nextSection(data.nextCommands)}
</main>
</body>
</html>
`;
  return page.text;
}
