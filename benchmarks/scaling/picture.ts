/** The picture of `pnpm bench scaling`: efficiency, measured and as the model has it, and where the time of a step goes. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import type { Point, Scaling } from './measure.ts';
import type { Prediction } from './model.ts';
import { efficiency } from './tables.ts';

/** What the model says of some workers of one host. */
interface PredictedPoint {
  readonly workers: number;
  readonly hosts: number;
  readonly batch: number;
  readonly efficiency: number;
  readonly prediction: Prediction;
}

const width = 860;
const heights = { efficiency: 320, times: 320 };
const style = { fontSize: '13px', fontFamily: 'sans-serif', background: 'white', color: '#333' };
const colors = { strong: '#0a6c7e', weak: '#c2571a' };
const parts = {
  computing: { color: '#0a6c7e', of: ({ computeMs }: Point) => computeMs },
  imbalance: { color: '#c2571a', of: ({ imbalanceMs }: Point) => imbalanceMs },
  barriers: { color: '#8d4e9f', of: ({ barrierMs }: Point) => barrierMs },
  'reduction, update': { color: '#5f8f2f', of: ({ reductionMs }: Point) => reductionMs },
  copies: { color: '#c9a400', of: ({ copyMs }: Point) => copyMs },
};

/** @param predicted what the model says, where there is one; only what is of one host is drawn */
export async function scalingPicture(
  format: 'png' | 'svg',
  { strong, weak }: Scaling,
  predicted: readonly PredictedPoint[] = [],
): Promise<string | Buffer> {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const shared = { document, width, style, marginLeft: 60, marginRight: 20 };
  const alone = strong[0]!;
  const measured = Object.entries({ strong, weak }).flatMap(([scaling, points]) =>
    points.map((point) => ({ scaling, workers: point.workers, efficiency: 100 * efficiency(point, alone) })),
  );
  const model = predicted
    .filter(({ hosts }) => hosts === 1)
    .flatMap(({ workers, batch, efficiency: share }) => {
      const kinds = workers === 1 ? ['strong', 'weak'] : [batch === alone.batch ? 'strong' : 'weak'];
      return kinds.map((scaling) => ({ scaling, workers, efficiency: 100 * share }));
    });
  const ticks = [...new Set([...measured, ...model].map(({ workers }) => workers))];
  const channels = { x: 'workers', y: 'efficiency', stroke: 'scaling' };
  const efficiencies = Plot.plot({
    ...shared,
    height: heights.efficiency,
    marginTop: 40,
    marginBottom: 45,
    x: { type: 'log', base: 2, label: 'workers', labelArrow: 'none', ticks, tickFormat: String },
    y: { domain: [0, Math.max(110, ...measured.map((point) => point.efficiency))], label: "efficiency, % of the machine's concurrent peak (dots: measured; lines: model)", labelArrow: 'none', grid: true }, // biome-ignore format: one line
    color: { domain: Object.keys(colors), range: Object.values(colors) },
    marks: [
      Plot.lineY(model, { ...channels, strokeWidth: 1.5 }),
      Plot.dot(measured, { ...channels, fill: 'scaling', r: 4 }),
      Plot.text(
        Object.keys(colors).map((scaling, i) => ({ scaling, y: 10 + 12 * i })),
        {
          x: () => 1,
          y: 'y',
          text: ({ scaling }) => `${scaling} scaling`,
          fill: 'scaling',
          textAnchor: 'start',
          dx: 10,
        },
      ),
    ],
  });
  const times = Object.entries({ strong, weak }).flatMap(([scaling, points]) =>
    points.flatMap((point) =>
      Object.entries(parts).map(([part, { of }]) => ({
        setting: `${point.workers}, ${scaling}`,
        part,
        share: (100 * of(point)) / point.stepMs,
      })),
    ),
  );
  const shares = Plot.plot({
    ...shared,
    height: heights.times,
    marginTop: 65,
    marginBottom: 45,
    x: { domain: [...new Set(times.map(({ setting }) => setting))], label: null },
    y: { domain: [0, 100], label: '% of a step, mean of the workers', labelArrow: 'none', grid: true },
    color: { domain: Object.keys(parts), range: Object.values(parts).map(({ color }) => color) },
    marks: [Plot.barY(times, { x: 'setting', y: 'share', fill: 'part', order: Object.keys(parts) })],
  });
  const legend = Object.entries(parts).map(
    ([part, { color }], i) =>
      `<rect x="${60 + i * 150}" y="30" width="12" height="12" fill="${color}"/><text x="${78 + i * 150}" y="41" font-family="sans-serif" font-size="13" fill="#333">${part}</text>`,
  );
  const height = heights.efficiency + heights.times;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="100%" height="100%" fill="white"/>
${efficiencies.outerHTML}
<g transform="translate(0 ${heights.efficiency})">${shares.outerHTML}${legend.join('')}</g>
</svg>`;
  // Twice the pixels, for sharp text.
  return format === 'svg' ? svg : sharp(Buffer.from(svg), { density: 144 }).png().toBuffer();
}
