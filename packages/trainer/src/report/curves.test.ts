import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import type { Chart } from './chart.ts';
import { loadChartPainter } from './chart.ts';
import { curvesSection } from './curves.ts';
import { syntheticReport } from './fixtures/synthetic.ts';
import { html } from './html.ts';

/** The charts that a section asks for, without drawing them. */
function charts(data: Parameters<typeof curvesSection>[0]): Record<string, Chart> {
  const drawn: Record<string, Chart> = {};
  curvesSection(data, (chart) => {
    drawn[chart.id] = chart;
    return html``;
  });
  return drawn;
}

test('curves over the steps, dots over the epochs', () => {
  const data = syntheticReport({ epochs: 2, stepsPerEpoch: 120 });
  const { loss, accuracy, rate, speed } = charts(data);
  expect(loss?.end).toBe(2);
  expect(loss?.curve).toHaveLength(120);
  expect(loss?.curve[0]?.mean).toBeCloseTo(((data.steps[0]?.loss ?? 0) + (data.steps[1]?.loss ?? 0)) / 2);
  expect(loss?.dots.map(({ x, y }) => [x, y])).toEqual(data.epochs.map(({ epoch, testLoss }) => [epoch, testLoss]));
  expect(accuracy?.dots.map(({ y }) => y)).toEqual(data.epochs.map(({ testAccuracy }) => testAccuracy));
  expect([rate?.dots, speed?.dots]).toEqual([[], []]);
  expect(speed?.scale.domain[0]).toBe(0);
});

test('without steps the epochs are drawn, and no learning rate', () => {
  const data = { ...syntheticReport({ epochs: 3, stepsPerEpoch: 4 }), steps: [] };
  const drawn = charts(data);
  expect(Object.keys(drawn)).toEqual(['loss', 'accuracy', 'speed']);
  expect(drawn.loss?.curve.map(({ mean }) => mean)).toEqual(data.epochs.map(({ trainLoss }) => trainLoss));
});

test('values that are not finite are left out', () => {
  const [step] = syntheticReport({ epochs: 1, stepsPerEpoch: 1 }).steps;
  const { loss } = charts({
    steps: [
      { ...step!, loss: Number.NaN, epoch: Number.NaN },
      { ...step!, loss: 2 },
    ],
    epochs: [],
  });
  expect(loss?.curve).toEqual([{ x: 1, mean: 2, low: 2, high: 2 }]);
  expect(loss?.end).toBe(1);
});

test('draws SVG with a description, a tooltip for each epoch, and its own clip path', async () => {
  const { text } = curvesSection(syntheticReport({ epochs: 3, stepsPerEpoch: 50 }), await loadChartPainter());
  const { document } = parseHTML(`<!doctype html><html><body>${text}</body></html>`);
  const svgs = [...document.querySelectorAll('svg')];
  expect(svgs.map((svg) => svg.getAttribute('role'))).toEqual(['img', 'img', 'img', 'img']);
  expect(svgs[0]?.getAttribute('aria-label')).toMatch(/^Loss .*over the epochs: train [\d.]+, test [\d.]+$/);
  expect(svgs[0]?.querySelectorAll('circle title').length).toBe(3);
  const epochLabels = [...(svgs[0]?.querySelectorAll('[aria-label="x-axis tick label"] text') ?? [])];
  expect(epochLabels.map((label) => label.textContent)).toEqual(['0', '1', '2', '3']);
  const clips = svgs.map((svg) => svg.querySelector('clipPath')?.getAttribute('id'));
  expect(clips).toEqual(['clip-loss', 'clip-accuracy', 'clip-rate', 'clip-speed']);
  expect(text).toContain('drawn as 75 points: each is the mean of 2 steps in a row');
  expect(document.querySelectorAll('.more tbody tr').length).toBe(3);
});
