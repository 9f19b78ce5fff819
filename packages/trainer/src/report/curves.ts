import { type EvaluatedSet, judgedFigures } from '../epoch-figures.ts';
import type { Chart, ChartDot, ChartPainter } from './chart.ts';
import type { ReportData, ReportEpoch, ReportStep } from './data.ts';
import { epochTable } from './epoch-table.ts';
import { counted, formatCount, formatFigure, formatPercent } from './format.ts';
import { type Html, html } from './html.ts';
import { accuracyScale, lossScale, zeroScale } from './scale.ts';
import { type CurvePoint, quantile, type ThinCurve, thin } from './thin.ts';

/** A line of a chart's legend: which mark, what it is, and the figure to remember of it. */
interface LegendEntry {
  readonly mark: 'accent' | 'quiet';
  readonly name: string;
  readonly value: string;
}

interface Figure {
  readonly heading: string;
  readonly legend: readonly LegendEntry[];
  readonly chart: Omit<Chart, 'description' | 'end'>;
}

/** One quantity over the steps; over the epochs where no step was kept, as far as epochs record it. */
function stepCurve(
  { steps, epochs }: Pick<ReportData, 'steps' | 'epochs'>,
  ofStep: (step: ReportStep) => number,
  ofEpoch: (epoch: ReportEpoch) => number = () => Number.NaN,
): ThinCurve {
  return thin(
    steps.length > 0
      ? steps.map((step) => ({ x: step.epoch, y: ofStep(step) }))
      : epochs.map((epoch) => ({ x: epoch.epoch, y: ofEpoch(epoch) })),
  );
}

/** Dots over the epochs; a value that is not finite has none. */
function epochDots(
  epochs: readonly ReportEpoch[],
  what: string,
  value: (epoch: ReportEpoch) => number,
  format: (value: number) => string,
): ChartDot[] {
  return epochs
    .filter((epoch) => Number.isFinite(value(epoch)))
    .map((epoch) => ({
      x: epoch.epoch,
      y: value(epoch),
      title: `epoch ${epoch.epoch}: ${what} ${format(value(epoch))}`,
    }));
}

/** What epochs are judged by. */
const judgedOn = (epochs: readonly ReportEpoch[]): EvaluatedSet => (epochs[0] ? judgedFigures(epochs[0]).on : 'test');

const means = (points: readonly CurvePoint[]) => points.map(({ mean }) => mean);
const heights = (dots: readonly ChartDot[]) => dots.map(({ y }) => y);
const axisPercent = (value: number) => formatPercent(value, Number.isInteger(Math.round(value * 1e6) / 1e4) ? 0 : 1);

function trainAndJudged(
  curve: ThinCurve,
  dots: readonly ChartDot[],
  on: EvaluatedSet,
  format: (value: number) => string,
): LegendEntry[] {
  const train = curve.points.at(-1);
  const judged = dots.at(-1);
  return [
    ...(train ? [{ mark: 'quiet' as const, name: 'train', value: format(train.mean) }] : []),
    ...(judged ? [{ mark: 'accent' as const, name: on, value: format(judged.y) }] : []),
  ];
}

function lossFigure(data: Pick<ReportData, 'steps' | 'epochs'>): Figure {
  const curve = stepCurve(
    data,
    (step) => step.loss,
    (epoch) => epoch.trainLoss,
  );
  const on = judgedOn(data.epochs);
  const dots = epochDots(data.epochs, `${on} loss`, (epoch) => judgedFigures(epoch).loss, formatFigure);
  const scale = lossScale([...means(curve.points), ...heights(dots)]);
  return {
    heading: scale.type === 'log' ? 'Loss (logarithmic axis)' : 'Loss',
    legend: trainAndJudged(curve, dots, on, formatFigure),
    chart: { id: 'loss', scale, curve: curve.points, curveIsMain: false, shade: true, dots, tickFormat: formatFigure },
  };
}

function accuracyFigure(data: Pick<ReportData, 'steps' | 'epochs'>): Figure {
  const curve = stepCurve(
    data,
    (step) => step.accuracy,
    (epoch) => epoch.trainAccuracy,
  );
  const on = judgedOn(data.epochs);
  const dots = epochDots(data.epochs, `${on} accuracy`, (epoch) => judgedFigures(epoch).accuracy, formatPercent);
  const scale = accuracyScale(means(curve.points), heights(dots));
  return {
    heading: scale.domain[0] > 0 ? `Accuracy (axis from ${axisPercent(scale.domain[0])})` : 'Accuracy',
    legend: trainAndJudged(curve, dots, on, formatPercent),
    chart: {
      id: 'accuracy',
      scale,
      curve: curve.points,
      curveIsMain: false,
      shade: true,
      dots,
      tickFormat: axisPercent,
    },
  };
}

function rateFigure(data: Pick<ReportData, 'steps' | 'epochs'>): Figure {
  const curve = stepCurve(data, (step) => step.learningRate);
  const scale = zeroScale(means(curve.points));
  const rates = data.steps.map(({ learningRate }) => learningRate).filter(Number.isFinite);
  const highest = rates.reduce((a, b) => Math.max(a, b), 0);
  return {
    heading: 'Learning rate',
    legend: [{ mark: 'accent', name: 'highest', value: formatFigure(highest) }],
    chart: {
      id: 'rate',
      scale,
      curve: curve.points,
      curveIsMain: true,
      shade: false,
      dots: [],
      tickFormat: formatFigure,
    },
  };
}

function speedFigure(data: Pick<ReportData, 'steps' | 'epochs'>): Figure {
  const curve = stepCurve(
    data,
    (step) => step.imagesPerSecond,
    (epoch) => epoch.imagesPerSecond,
  );
  const scale = zeroScale(curve.points.map(({ high }) => high));
  const median = quantile(
    means(curve.points).toSorted((a, b) => a - b),
    0.5,
  );
  return {
    heading: 'Images per second',
    legend: [{ mark: 'accent', name: 'median', value: formatCount(median) }],
    chart: {
      id: 'speed',
      scale,
      curve: curve.points,
      curveIsMain: true,
      shade: true,
      dots: [],
      tickFormat: formatCount,
    },
  };
}

function figureHtml({ heading, legend, chart }: Figure, end: number, paint: ChartPainter): Html {
  const spoken = legend.map(({ name, value }) => `${name} ${value}`).join(', ');
  const entries = legend.map(
    ({ mark, name, value }) => html`<li><span class="mark ${mark}"></span>${name} <b>${value}</b></li>`,
  );
  return html`<figure class="chart-figure"><figcaption><h3>${heading}</h3><ul class="legend">${entries}</ul></figcaption>
${paint({ ...chart, end, description: `${heading} over the epochs: ${spoken}` })}
</figure>
`;
}

/** Says how the steps were thinned, so that nobody takes a mean for a measurement. */
function thinningNote(steps: number, { points, stepsPerPoint }: ThinCurve): string {
  if (steps === 0) return 'Steps were not recorded; the curves are drawn from the epochs.';
  return stepsPerPoint > 1
    ? `${counted(steps, 'step')}, drawn as ${counted(points.length, 'point')}: each is the mean of ${stepsPerPoint} steps in a row, and the shade holds the middle 80 % of them.`
    : `${counted(steps, 'step')}, each drawn as it was.`;
}

/** Loss, accuracy, learning rate and speed over the run. */
export function curvesSection(data: Pick<ReportData, 'steps' | 'epochs'>, paint: ChartPainter): Html {
  const { steps, epochs } = data;
  if (steps.length === 0 && epochs.length === 0) {
    return html`<section aria-labelledby="curves"><h2 id="curves">How it learned</h2><p class="note">No step was taken, so there is nothing to draw.</p></section>`;
  }
  const ends = [...steps, ...epochs].map(({ epoch }) => epoch).filter(Number.isFinite);
  const end = ends.reduce((last, epoch) => Math.max(last, epoch), 0) || 1;
  const figures = [lossFigure(data), accuracyFigure(data), rateFigure(data), speedFigure(data)].filter(
    ({ chart }) => chart.curve.length > 0 || chart.dots.length > 0,
  );
  const thinned = stepCurve(data, (step) => step.epoch);
  return html`<section aria-labelledby="curves"><h2 id="curves">How it learned</h2>
<div class="charts">
${figures.map((figure) => figureHtml(figure, end, paint))}</div>
<p class="note">${thinningNote(steps.length, thinned)} Training figures are of each batch just before its update; ${judgedOn(epochs) === 'test' ? 'test figures are of the whole test set' : 'validation figures are of all samples that were kept for it'} after the epoch.</p>
${epochTable(epochs)}
</section>`;
}
