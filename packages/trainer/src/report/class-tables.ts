import type { ClassFigures, ConfusionFigures } from './confusion.ts';
import { className, counted, formatCount, formatPercent } from './format.ts';
import { type Html, html, nameHtml } from './html.ts';

/** Rows of the tables that are read from the top. */
const mostRows = 20;

function pairTable(classes: readonly string[], { pairs }: ConfusionFigures): Html {
  const shown = pairs.slice(0, mostRows);
  return html`<table class="data"><caption>${
    pairs.length > shown.length
      ? `The ${shown.length} most confused pairs of ${formatCount(pairs.length)}`
      : 'Every confused pair'
  }</caption>
<thead><tr><th scope="col">True class</th><th scope="col" class="text">Taken for</th><th scope="col">Times</th><th scope="col">Of its class</th></tr></thead>
<tbody>${shown.map(
    ({ actual, predicted, count, share }) =>
      html`<tr><th scope="row">${nameHtml(className(classes, actual))}</th><td class="text">${nameHtml(className(classes, predicted))}</td><td>${formatCount(count)}</td><td>${formatPercent(share, 1)}</td></tr>
`,
  )}</tbody></table>`;
}

function classTable(classes: readonly string[], rows: readonly ClassFigures[], caption: string): Html {
  return html`<table class="data"><caption>${caption}</caption>
<thead><tr><th scope="col">Class</th><th scope="col">Pictures</th><th scope="col">Recall</th><th scope="col">Precision</th></tr></thead>
<tbody>${rows.map(
    ({ index, actual, recall, precision }) =>
      html`<tr><th scope="row">${nameHtml(className(classes, index))}</th><td>${formatCount(actual)}</td><td>${formatPercent(recall, 1)}</td><td>${formatPercent(precision, 1)}</td></tr>
`,
  )}</tbody></table>`;
}

/** For very many classes, in place of the matrix: the most confused pairs, the hardest classes, and all of them folded. */
export function classTables(classes: readonly string[], figures: ConfusionFigures): Html {
  const tested = figures.classes.filter(({ actual }) => actual > 0);
  const hardest = tested.toSorted((a, b) => (a.recall ?? 0) - (b.recall ?? 0)).slice(0, mostRows);
  return html`<div class="columns">
<div class="scroll" role="region" aria-label="Most confused pairs" tabindex="0">${
    figures.pairs.length > 0 ? pairTable(classes, figures) : ''
  }</div>
<div class="scroll" role="region" aria-label="Classes with the lowest recall" tabindex="0">${classTable(
    classes,
    hardest,
    `The ${hardest.length} classes with the lowest recall`,
  )}</div>
</div>
<details class="more"><summary>All ${counted(classes.length, 'class', 'classes')}</summary>
<div class="scroll" role="region" aria-label="All classes" tabindex="0">${classTable(classes, figures.classes, 'Every class, in the order of the data set')}</div></details>`;
}
