import type { ConfusionFigures } from './confusion.ts';
import type { ReportData, ReportMistake } from './data.ts';
import { className, counted, formatProbability } from './format.ts';
import { type Html, html, nameHtml } from './html.ts';
import type { PngEncoder, PngPicture } from './png.ts';

/** Side of the square that a picture is enlarged into, in CSS pixels. */
const frame = 140;

/** Small pictures grow by a whole factor, so that every pixel stays square and as large as the next. */
function shownSize(png: PngPicture): { width: number; height: number } {
  const longest = Math.max(png.width, png.height);
  const factor = longest <= frame ? Math.floor(frame / longest) : frame / longest;
  return { width: Math.round(png.width * factor), height: Math.round(png.height * factor) };
}

function line(role: string, name: string, probability: number): Html {
  return html`<p><span>${role} <b>${nameHtml(name)}</b></span> <span class="p">p ${formatProbability(probability)}</span></p>`;
}

async function card(
  mistake: ReportMistake,
  { classes, evaluated = 'test' }: Pick<ReportData, 'classes' | 'evaluated'>,
  encode: PngEncoder,
): Promise<Html> {
  const png = await encode(mistake.image);
  const { width, height } = shownSize(png);
  const label = className(classes, mistake.label);
  const predicted = className(classes, mistake.predicted);
  return html`<li><figure>
<div class="frame"><img src="${png.source}" width="${width}" height="${height}" alt="${`${evaluated === 'test' ? 'Test' : 'Validation'} picture ${mistake.index}: true class ${label}, predicted ${predicted}`}"></div>
<figcaption>${line('true', label, mistake.probability)}${line('predicted', predicted, mistake.predictedProbability)}</figcaption>
</figure></li>
`;
}

/** The worst mistakes as pictures. `tested` tells a network without mistakes from one that was never tested. */
export async function mistakesSection(
  data: Pick<ReportData, 'worst' | 'classes' | 'evaluated'>,
  tested: Pick<ConfusionFigures, 'total' | 'mistakes'>,
  encode: PngEncoder,
): Promise<Html> {
  const { worst, evaluated = 'test' } = data;
  if (worst.length === 0) {
    const why =
      tested.total === 0
        ? 'The network was not tested, so none are known.'
        : tested.mistakes === 0
          ? `None: all ${counted(tested.total, `${evaluated} picture`)} were classified correctly.`
          : 'No pictures of them were kept.';
    return html`<section aria-labelledby="mistakes"><h2 id="mistakes">Worst mistakes</h2><p class="note">${why}</p></section>`;
  }
  const cards: Html[] = [];
  for (const mistake of worst) cards.push(await card(mistake, data, encode));
  return html`<section aria-labelledby="mistakes"><h2 id="mistakes">Worst mistakes</h2>
<p class="note">${worst.length === 1 ? `The ${evaluated} picture` : `The ${counted(worst.length, `${evaluated} picture`)}`} with the highest loss, worst first, and the probability <i>p</i> that the network gave to each class.</p>
<ul class="pictures">
${cards}</ul></section>`;
}
