import type { EvaluatedSet } from '../epoch-figures.ts';
import { classTables } from './class-tables.ts';
import type { ConfusionFigures } from './confusion.ts';
import { confusionTable } from './confusion-table.ts';
import type { ReportData } from './data.ts';
import { className, counted, formatCount, formatPercent } from './format.ts';
import { type Html, html, nameHtml } from './html.ts';

/** A matrix of more classes than this is a carpet that nobody can read. */
export const mostMatrixClasses = 40;

function verdict(figures: ConfusionFigures, classes: readonly string[], on: EvaluatedSet): Html {
  const [worst] = figures.pairs;
  if (!worst) return html`All ${formatCount(figures.total)} ${on} pictures were classified correctly.`;
  return html`${counted(figures.mistakes, 'mistake')} in ${counted(figures.total, `${on} picture`)}. The most frequent: ${nameHtml(className(classes, worst.actual))} taken for ${nameHtml(className(classes, worst.predicted))}, ${counted(worst.count, 'time')} (${formatPercent(worst.share, 1)} of its class).`;
}

/** Which classes were taken for which: a matrix, or for very many classes the pairs that matter. */
export function confusionSection(
  data: Pick<ReportData, 'classes' | 'confusion' | 'evaluated'>,
  figures: ConfusionFigures,
): Html {
  const { classes, confusion, evaluated = 'test' } = data;
  if (figures.total === 0) {
    return html`<section aria-labelledby="confusion"><h2 id="confusion">What it confuses</h2><p class="note">The network was not tested, so nothing is known of its mistakes.</p></section>`;
  }
  const matrix = classes.length <= mostMatrixClasses;
  return html`<section aria-labelledby="confusion"><h2 id="confusion">What it confuses</h2>
<p class="note">${verdict(figures, classes, evaluated)} ${matrix ? 'Rows are the true classes, columns what the network answered. ' : ''}Recall is the share of a class that was found, precision the share of the answers that were right.</p>
${matrix ? confusionTable(classes, confusion, figures) : classTables(classes, figures)}
</section>`;
}
