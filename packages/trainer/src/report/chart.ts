import { formatFigure } from './format.ts';
import { Html } from './html.ts';
import { epochTicks, type Scale } from './scale.ts';
import type { CurvePoint } from './thin.ts';

/** A value measured once, marked by a dot that says so when pointed at. */
export interface ChartDot {
  readonly x: number;
  readonly y: number;
  readonly title: string;
}

/** What a chart shows: a curve over the steps, dots over the epochs, or both. */
export interface Chart {
  /** Read out in place of the picture: says what is drawn and where it ends. */
  readonly description: string;
  /** A word in lower case, unique on the page. */
  readonly id: string;
  readonly scale: Scale;
  /** Epochs at the right edge. */
  readonly end: number;
  readonly curve: readonly CurvePoint[];
  /** The curve is what the chart is about, not the backdrop of its dots. */
  readonly curveIsMain: boolean;
  readonly shade: boolean;
  readonly dots: readonly ChartDot[];
  readonly tickFormat: (value: number) => string;
}

/** Draws charts. Made by {@link loadChartPainter}. */
export type ChartPainter = (chart: Chart) => Html;

/** The part of an element that is used: the packages' types name the DOM's, which a Node program has not. */
interface SvgElement {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  querySelector(selector: string): { remove(): void } | null;
}

/** Past this many epochs the dots would run into each other. */
const mostRoundDots = 40;

/** Loads Observable Plot and a document for it to draw in; late, since a training worker has no use for them. */
export async function loadChartPainter(): Promise<ChartPainter> {
  const [Plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return (chart) => {
    const { curve, dots, scale } = chart;
    const color = chart.curveIsMain ? 'var(--accent)' : 'var(--quiet)';
    const svg: SvgElement = Plot.plot({
      document,
      className: 'chart',
      width: 440,
      height: 250,
      marginLeft: 50,
      marginRight: 12,
      marginTop: 14,
      marginBottom: 40,
      style: { fontSize: '12px', fontFamily: 'inherit' },
      x: { domain: [0, chart.end], label: 'epoch', labelArrow: 'none', labelAnchor: 'right', tickSize: 0 },
      y: { type: scale.type, domain: [...scale.domain], label: null, tickSize: 0 },
      marks: [
        Plot.gridY({ ticks: scale.ticks ? [...scale.ticks] : 5, stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.axisY({
          ticks: scale.ticks ? [...scale.ticks] : 5,
          tickSize: 0,
          label: null,
          tickFormat: chart.tickFormat,
        }),
        Plot.axisX({
          ticks: epochTicks(chart.end) ?? 5,
          tickFormat: formatFigure,
          tickSize: 0,
          label: 'epoch',
          labelArrow: 'none',
          labelAnchor: 'right',
        }),
        ...(chart.shade && curve.some(({ low, high }) => low < high)
          ? [
              Plot.areaY(curve, {
                x: 'x',
                y1: (point: CurvePoint) => Math.max(point.low, scale.domain[0]),
                y2: 'high',
                fill: color,
                fillOpacity: 0.18,
                clip: true,
              }),
            ]
          : []),
        curve.length === 1
          ? Plot.dot(curve, { x: 'x', y: 'mean', r: 3, fill: color, clip: true })
          : Plot.lineY(curve, { x: 'x', y: 'mean', stroke: color, strokeWidth: 1.75, clip: true }),
        Plot.lineY(dots, { x: 'x', y: 'y', stroke: 'var(--accent)', strokeWidth: 2, clip: true }),
        Plot.dot(dots, {
          x: 'x',
          y: 'y',
          r: dots.length > mostRoundDots ? 1 : 3.5,
          fill: 'var(--accent)',
          stroke: 'var(--page)',
          strokeWidth: dots.length > mostRoundDots ? 0 : 1.5,
          title: 'title',
        }),
      ],
    });
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', chart.description);
    svg.querySelector('style')?.remove();
    // Plot numbers its clip paths over the life of the process; the same data should make the same file.
    return new Html(svg.outerHTML.replace(/plot-clip-\d+/g, `clip-${chart.id}`));
  };
}
