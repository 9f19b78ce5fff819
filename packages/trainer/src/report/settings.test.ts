import { expect, test } from 'vitest';
import { flattenSettings, settingsSection } from './settings.ts';

test('nested settings become dotted paths', () => {
  expect(
    flattenSettings({
      batch: 128,
      optimizer: { name: 'sgd', nesterov: true },
      shift: [2, 2],
      limit: undefined,
      extra: {},
    }),
  ).toEqual([
    { path: 'batch', value: '128' },
    { path: 'optimizer.name', value: 'sgd' },
    { path: 'optimizer.nesterov', value: 'true' },
    { path: 'shift', value: '[ 2, 2 ]' },
    { path: 'limit', value: '–' },
    { path: 'extra', value: '{}' },
  ]);
});

test('what is nested too deep, or in a circle, is one value', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  expect(flattenSettings({ a: { b: { c: 1n } } }, 2)).toEqual([{ path: 'a.b', value: '{ c: 1n }' }]);
  expect(flattenSettings(circle)[0]?.path).toBe('self.self.self.self');
});

test('keys and values are escaped, long values folded', () => {
  const { text } = settingsSection('machine', 'Machine', { '<k>': '"<v>"', long: 'x'.repeat(200) });
  expect(text).toContain('<th scope="row">&lt;k&gt;</th><td>&quot;&lt;v&gt;&quot;</td>');
  expect(text).toContain(`<details><summary>${'x'.repeat(40)}…</summary>${'x'.repeat(200)}</details>`);
  expect(settingsSection('machine', 'Machine', {}).text).toContain('Not recorded.');
});
