import type { ConfusionFigures } from './confusion.ts';
import type { ReportData } from './data.ts';
import { formatCount, formatPercent } from './format.ts';
import { type Html, html, nameHtml } from './html.ts';

/** Longer names than this stand upright above their columns. */
const longestLevelName = 4;

/** Shares of the accent colour behind the rarest and the most frequent mistake, in percent: visible, and readable. */
const faintestTint = 12;
export const strongestTint = 52;

/** One count. Mistakes are tinted by the square root of their number, so that single ones still show. */
function cell(count: number, right: boolean, most: number, title: string): Html {
  if (right) return html`<td class="right">${formatCount(count)}</td>`;
  if (count === 0) return html`<td class="zero">0</td>`;
  const strength = Math.round(faintestTint + (strongestTint - faintestTint) * Math.sqrt(count / most));
  return html`<td class="wrong" style="--tint:${strength}%" title="${title}">${formatCount(count)}</td>`;
}

/** The confusion matrix with its counts, recall at the end of each row and precision below each column. */
export function confusionTable(
  classes: readonly string[],
  confusion: ReportData['confusion'],
  figures: ConfusionFigures,
): Html {
  const most = figures.pairs[0]?.count ?? 1;
  const upright = classes.some((name) => [...name].length > longestLevelName);
  return html`<div class="scroll" role="region" aria-label="Confusion matrix" tabindex="0">
<table class="${`matrix${upright ? ' upright' : ''}${classes.length > 16 ? ' dense' : ''}`}" aria-label="Confusion matrix: rows are true classes, columns predicted ones">
<thead><tr><th scope="col" class="corner">true \\ predicted</th>${classes.map(
    (name) => html`<th scope="col" title="${name}"><span>${nameHtml(name)}</span></th>`,
  )}<th scope="col" class="margin"><span>Recall</span></th></tr></thead>
<tbody>
${confusion.map(
  (
    row,
    actual,
  ) => html`<tr><th scope="row" title="${classes[actual] ?? ''}">${nameHtml(classes[actual] ?? '')}</th>${row.map(
    (count, predicted) =>
      cell(count, actual === predicted, most, `${classes[actual]} taken for ${classes[predicted]}: ${count}`),
  )}<td class="margin">${formatPercent(figures.classes[actual]?.recall, 1)}</td></tr>
`,
)}</tbody>
<tfoot><tr><th scope="row">Precision</th>${figures.classes.map(
    ({ precision }) => html`<td><span>${formatPercent(precision, 1)}</span></td>`,
  )}<td class="margin"></td></tr></tfoot>
</table></div>`;
}
