import { judgedFigures } from '../epoch-figures.ts';
import type { ReportEpoch } from './data.ts';
import { dash, formatCount, formatFigure, formatPercent } from './format.ts';
import { type Html, html } from './html.ts';

/** The epochs as a folded table: exact figures, also for those who can't see the curves. */
export function epochTable(epochs: readonly ReportEpoch[]): Html {
  if (epochs.length === 0) return html``;
  const on = judgedFigures(epochs[0]!).on === 'test' ? 'Test' : 'Validation';
  const heads = ['Epoch', 'Train loss', 'Train accuracy', `${on} loss`, `${on} accuracy`, 'Images/s', 'Seconds'];
  return html`<details class="more"><summary>The same by epoch, as a table</summary>
<div class="scroll" role="region" aria-label="Figures by epoch" tabindex="0"><table class="data">
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${epochs.map((epoch) => {
    const cells = [
      formatFigure(epoch.trainLoss),
      formatPercent(epoch.trainAccuracy),
      formatFigure(judgedFigures(epoch).loss),
      formatPercent(judgedFigures(epoch).accuracy),
      formatCount(epoch.imagesPerSecond),
      Number.isFinite(epoch.seconds) ? epoch.seconds.toFixed(1) : dash,
    ];
    return html`<tr><th scope="row">${epoch.epoch}</th>${cells.map((text) => html`<td>${text}</td>`)}</tr>\n`;
  })}</tbody></table></div></details>`;
}
