import { expect, test } from 'vitest';
import { strongestTint } from './confusion-table.ts';
import { style } from './style.ts';

type Colour = readonly number[];

/** The colours of each scheme, in the order of the sheet: light, dark. */
function schemes(): Record<string, Colour>[] {
  const blocks = [...style.matchAll(/:root \{\s*(--page: #[0-9a-f]{6}[^}]+)\}/g)].map(([, block]) => block ?? '');
  return blocks.map((block) =>
    Object.fromEntries(
      [...block.matchAll(/--(\w+): #([0-9a-f]{6})/g)].map(([, name = '', hex = '']) => [
        name,
        [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)),
      ]),
    ),
  );
}

/** Relative luminance and contrast ratio of WCAG 2.2, section 1.4.3. */
function luminance(colour: Colour): number {
  const [r = 0, g = 0, b = 0] = colour.map((value) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Colour, b: Colour): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

test('every text colour can be read, in light and in dark', () => {
  const found = schemes();
  expect(found).toHaveLength(2);
  for (const { page = [], raised = [], ink = [], muted = [], accent = [] } of found) {
    const tinted = page.map((value, i) => value + ((accent[i] ?? 0) - value) * (strongestTint / 100));
    const pairs = [
      [ink, page],
      [ink, raised],
      [ink, tinted],
      [muted, page],
      [muted, raised],
      [accent, page],
    ] as const;
    expect(Math.min(...pairs.map(([text, ground]) => contrast(text, ground)))).toBeGreaterThanOrEqual(4.5);
  }
});
