import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { confusionFigures } from './confusion.ts';
import { confusionSection } from './confusion-section.ts';

function section(classes: readonly string[], confusion: readonly (readonly number[])[]) {
  const { text } = confusionSection({ classes, confusion }, confusionFigures(confusion));
  const { document } = parseHTML(`<!doctype html><html><body>${text}</body></html>`);
  const texts = (selector: string) =>
    [...document.querySelectorAll(selector)].map((element) =>
      String(element.textContent).replaceAll('\u202f', ' ').trim(),
    );
  return { text, texts };
}

test('the matrix has every count, recall by row and precision by column', () => {
  const { texts } = section(
    ['cat', 'dog', 'automobile'],
    [
      [1008, 2, 0],
      [1, 9, 0],
      [0, 2, 3],
    ],
  );
  expect(texts('.matrix thead th')).toEqual(['true \\ predicted', 'cat', 'dog', 'automobile', 'Recall']);
  expect(texts('.matrix tbody tr:nth-child(1) > *')).toEqual(['cat', '1,008', '2', '0', '99.8 %']);
  expect(texts('.matrix tbody tr:nth-child(2) > *')).toEqual(['dog', '1', '9', '0', '90.0 %']);
  expect(texts('.matrix tbody tr:nth-child(3) > *')).toEqual(['automobile', '0', '2', '3', '60.0 %']);
  expect(texts('.matrix tfoot tr > *')).toEqual(['Precision', '99.9 %', '69.2 %', '100.0 %', '']);
  expect(texts('.matrix .right')).toEqual(['1,008', '9', '3']);
  expect(texts('.note')[0]).toContain(
    '5 mistakes in 1,025 test pictures. The most frequent: cat taken for dog, 2 times (0.2 % of its class)',
  );
});

test('more mistakes have a stronger tint, up to the most frequent', () => {
  const { text } = section(
    ['a', 'b'],
    [
      [5, 16],
      [4, 5],
    ],
  );
  expect([...text.matchAll(/--tint:(\d+)%/g)].map(([, tint]) => Number(tint))).toEqual([52, 32]);
});

test('a class that was never seen or answered has a dash', () => {
  const { texts } = section(
    ['a', 'b'],
    [
      [0, 0],
      [3, 0],
    ],
  );
  expect(texts('tbody .margin')).toEqual(['–', '0.0 %']);
  expect(texts('tfoot td')).toEqual(['0.0 %', '–', '']);
});

test('a perfect one, and none', () => {
  expect(
    section(
      ['a', 'b'],
      [
        [4, 0],
        [0, 4],
      ],
    ).text,
  ).toContain('All 8 test pictures were classified correctly.');
  expect(section(['a', 'b'], []).text).toContain('not tested');
  expect(
    section(
      ['a', 'b'],
      [
        [0, 0],
        [0, 0],
      ],
    ).text,
  ).toContain('not tested');
});

test('very many classes become pairs, the hardest classes and a folded list', () => {
  const size = 1000;
  const confusion = Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column): number => (row === column ? 10 : 0)),
  );
  confusion[7]![9] = 30;
  confusion[8]![3] = 10;
  const { texts } = section(
    Array.from({ length: size }, (_, i) => `c${i}`),
    confusion,
  );
  expect(texts('.matrix')).toEqual([]);
  expect(texts('table')).toHaveLength(3);
  expect(texts('[aria-label="Most confused pairs"] tbody tr:nth-child(1) > *')).toEqual(['c7', 'c9', '30', '75.0 %']);
  expect(texts('[aria-label="Most confused pairs"] tbody tr')).toHaveLength(2);
  expect(texts('[aria-label="Classes with the lowest recall"] tbody tr:nth-child(2) > *')).toEqual([
    'c8',
    '20',
    '50.0 %',
    '100.0 %',
  ]);
  expect(texts('[aria-label="Classes with the lowest recall"] tbody tr')).toHaveLength(20);
  expect(texts('[aria-label="All classes"] tbody tr')).toHaveLength(1000);
  expect(texts('[aria-label="All classes"] tbody tr:nth-child(10) > *')).toEqual(['c9', '10', '100.0 %', '25.0 %']);
});
