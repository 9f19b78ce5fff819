import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { buildReport } from './build-report.ts';
import type { ReportData } from './data.ts';
import { syntheticReport } from './fixtures/synthetic.ts';

async function page(data: ReportData) {
  const text = await buildReport(data);
  const { document } = parseHTML(text);
  const texts = (selector: string) =>
    [...document.querySelectorAll(selector)].map((element) =>
      String(element.textContent).replaceAll('\u202f', ' ').trim(),
    );
  return { text, document, texts, words: text.replaceAll(/data:image\/png;base64,[^"]+/g, '') };
}

/** What a report must never show. */
const nonsense = /\b(NaN|undefined|null|Infinity)\b|\[object/;

test('a whole run: headings, figures, one title, no way out', async () => {
  const { text, words, document, texts } = await page(syntheticReport({ epochs: 3, stepsPerEpoch: 150 }));
  expect(texts('h1')).toEqual(['small-cnn on mnist']);
  expect(texts('h2')).toEqual([
    'How it learned',
    'What it confuses',
    'Worst mistakes',
    'Configuration',
    'Machine',
    'How to go on',
  ]);
  expect(texts('.hero-figure')).toEqual(['99.29 %']);
  expect(texts('.hero .note')).toEqual(['71 of 10,000 test pictures wrong', 'best after an epoch 99.31 %']);
  expect(texts('.figures dd').slice(1)).toEqual([
    '1 min 4 s',
    '9,402',
    '101,770',
    '3',
    '450',
    '2',
    '16',
    'revectorised 6×16',
  ]);
  expect(document.querySelectorAll('img').length).toBe(24);
  expect(texts('.commands code')[0]).toBe('pnpm lockstep eval --run runs/2025-07-31-small-cnn-mnist');
  expect(texts('.notice')).toEqual([]);
  expect(words).not.toMatch(nonsense);
  expect(text).not.toMatch(/<script|<link rel="stylesheet"|@import|(?:src|href)="(?!data:)|url\((?!#)/);
  expect(text).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
});

test('the same data makes the same file', async () => {
  const data = syntheticReport({ epochs: 1, stepsPerEpoch: 20 });
  expect(await buildReport(data)).toBe(await buildReport(data));
});

test('nothing from the data gets out as HTML', async () => {
  const evil = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&`;
  const data = syntheticReport({ epochs: 1, stepsPerEpoch: 3, classes: [evil, 'b'], mistakes: 5 });
  const { document, texts } = await page({
    ...data,
    title: evil,
    created: evil,
    summary: { ...data.summary, kernels: evil, weightsSha256: evil },
    config: { [evil]: evil, nested: { [evil]: [evil] }, long: evil.repeat(10) },
    machine: { [evil]: evil },
    nextCommands: [evil],
  });
  expect(document.querySelectorAll('script').length).toBe(0);
  expect([...document.querySelectorAll('img')].every((image) => image.getAttribute('onerror') === null)).toBe(true);
  expect(document.querySelectorAll('img').length).toBe(5);
  expect([...texts('h1'), ...texts('time'), ...texts('.hash code'), ...texts('.commands code')]).toEqual(
    Array(4).fill(evil),
  );
  expect(texts('.matrix tbody th')[0]).toBe(evil);
  expect(texts('title')).toContain(`${evil} · Lockstep`);
});

test('a run stopped before its first epoch ended', async () => {
  const { words, texts } = await page(syntheticReport({ epochs: 0, steps: 30 }));
  expect(texts('.hero-figure')).toEqual(['–']);
  expect(texts('.hero .note')).toEqual(['not tested']);
  expect(texts('.notice')[0]).toContain('interrupted after 30 steps (0 full epochs)');
  expect(texts('h3')).toEqual(['Loss', 'Accuracy', 'Learning rate', 'Images per second']);
  expect(words).not.toMatch(nonsense);
});

test('epochs that validation samples judge, and a test at the end; or none yet', async () => {
  const data = syntheticReport({ epochs: 3, stepsPerEpoch: 4, mistakes: 5 });
  const epochs = data.epochs.map(({ testLoss, testAccuracy, ...epoch }) => ({
    ...{ ...epoch, validationLoss: testLoss, validationAccuracy: testAccuracy },
  }));
  const summary = { ...data.summary, validationAccuracy: 0.875, validationLoss: 0.25 };
  const done = await page({ ...data, epochs, summary });
  expect(done.texts('.hero-label')).toEqual(['test accuracy']);
  expect(done.texts('.figures dt').slice(0, 3)).toEqual(['Test loss', 'Validation accuracy', 'Validation loss']);
  expect(done.texts('.figures dd').slice(1, 3)).toEqual(['87.50 %', '0.25']);
  expect(done.texts('.legend')[0]).toMatch(/train .*validation /s);
  expect(done.texts('th').filter((text) => /^(Test|Validation) /.test(text))).toEqual([
    'Validation loss',
    'Validation accuracy',
  ]);
  expect(done.words).toContain('5 mistakes in 10,000 test pictures.');
  const untested = { ...summary, testAccuracy: Number.NaN, testLoss: Number.NaN, bestTestAccuracy: Number.NaN };
  const stopped = await page({ ...data, epochs, summary: untested, evaluated: 'validation' });
  expect(stopped.texts('.hero-figure')).toEqual(['87.50 %']);
  expect(stopped.texts('.hero-label')).toEqual(['validation accuracy']);
  expect(stopped.words).toContain('5 mistakes in 10,000 validation pictures.');
  expect(stopped.words).not.toMatch(nonsense);
});

test.each([
  ['no step', { epochs: 0, steps: 0 }],
  ['one step', { epochs: 0, steps: 1 }],
  ['one epoch of one step', { epochs: 1, stepsPerEpoch: 1 }],
  ['two classes without a mistake', { epochs: 1, stepsPerEpoch: 2, classes: ['cat', 'dog'], mistakes: 0 }],
  ['very many epochs', { epochs: 300, stepsPerEpoch: 1 }],
])('%s', async (_, options) => {
  const { text, words } = await page({ ...syntheticReport(options), nextCommands: [] });
  expect(words).not.toMatch(nonsense);
  expect(text).not.toContain('How to go on');
});

test('figures that were never measured are dashes', async () => {
  const data = syntheticReport({ epochs: 1, stepsPerEpoch: 2, mistakes: 3 });
  const none = Number.NaN;
  const { words } = await page({
    ...data,
    summary: {
      ...data.summary,
      testAccuracy: none,
      testLoss: none,
      bestTestAccuracy: none,
      imagesPerSecond: none,
      seconds: Number.POSITIVE_INFINITY,
    },
    epochs: data.epochs.map((epoch) => ({
      ...epoch,
      testLoss: none,
      trainLoss: none,
      seconds: none,
      imagesPerSecond: none,
    })),
    steps: data.steps.map((step) => ({
      ...step,
      loss: none,
      accuracy: none,
      learningRate: none,
      imagesPerSecond: none,
    })),
    worst: data.worst.map((mistake) => ({ ...mistake, probability: none, predictedProbability: none, loss: none })),
  });
  expect(words).not.toMatch(nonsense);
});

test('contradictory data is refused', async () => {
  const data = syntheticReport({ epochs: 1, stepsPerEpoch: 1 });
  await expect(buildReport({ ...data, classes: ['a'] })).rejects.toThrow('confusion: expected 1 rows');
});
