import type { ConfusionFigures } from './confusion.ts';
import type { ReportData } from './data.ts';
import { counted, dash, formatCount, formatDate, formatDuration, formatFigure, formatPercent } from './format.ts';
import { type Html, html } from './html.ts';

function headlineNotes({ summary, evaluated = 'test' }: ReportData, figures: ConfusionFigures): string[] {
  const parts: string[] = [];
  if (figures.total > 0) {
    parts.push(`${formatCount(figures.mistakes)} of ${counted(figures.total, `${evaluated} picture`)} wrong`);
  }
  const { testAccuracy, bestTestAccuracy, validationAccuracy } = summary;
  // By validation another epoch may be the best than by the test set.
  if (validationAccuracy === undefined ? bestTestAccuracy > testAccuracy : bestTestAccuracy !== testAccuracy) {
    if (Number.isFinite(bestTestAccuracy)) parts.push(`best after an epoch ${formatPercent(bestTestAccuracy)}`);
  }
  return parts;
}

/** Title, the one figure that matters, and those beside it. */
export function headline(data: ReportData, figures: ConfusionFigures): Html {
  const { summary, evaluated = 'test' } = data;
  const tested = figures.total > 0 || data.epochs.length > 0;
  const { validationAccuracy, validationLoss } = summary;
  const accuracy = evaluated === 'test' ? summary.testAccuracy : (validationAccuracy ?? Number.NaN);
  const rows: readonly (readonly [string, string])[] = [
    ['Test loss', tested ? formatFigure(summary.testLoss) : dash],
    ...(validationAccuracy === undefined
      ? []
      : ([
          ['Validation accuracy', formatPercent(validationAccuracy ?? Number.NaN)],
          ['Validation loss', formatFigure(validationLoss ?? Number.NaN)],
        ] as const)),
    ['Time', formatDuration(summary.seconds)],
    ['Images per second', formatCount(summary.imagesPerSecond)],
    ['Parameters', formatCount(summary.parameters)],
    ['Epochs', formatCount(summary.epochs)],
    ['Steps', formatCount(summary.steps)],
    ['Workers', formatCount(summary.workers)],
    ['Shards', formatCount(summary.shards)],
    ['Kernels', summary.kernels],
  ];
  return html`<header>
<p class="eyebrow">Lockstep training report</p>
<h1>${data.title}</h1>
<p class="note"><time datetime="${data.created}">${formatDate(data.created)}</time></p>
${
  data.interrupted
    ? html`<p class="notice"><strong>Stopped early.</strong> The run was interrupted after ${counted(summary.steps, 'step')} (${counted(summary.epochs, 'full epoch')}); the figures are of what it had learned by then.</p>`
    : ''
}
<div class="headline">
<p class="hero"><span class="hero-figure">${tested ? formatPercent(accuracy) : dash}</span><span class="hero-label">${evaluated} accuracy</span>
${(tested ? headlineNotes(data, figures) : ['not tested']).map((note) => html`<span class="note">${note}</span>\n`)}</p>
<dl class="figures">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</div>
<p class="hash"><span>SHA-256 of the weights</span> <code>${summary.weightsSha256}</code></p>
</header>`;
}
