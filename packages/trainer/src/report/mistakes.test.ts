import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { ReportMistake } from './data.ts';
import { mistakesSection } from './mistakes.ts';
import { loadPngEncoder } from './png.ts';

const encode = await loadPngEncoder();
const mistake: ReportMistake = {
  index: 4711,
  label: 1,
  predicted: 0,
  probability: 0.0001,
  predictedProbability: 0.972,
  loss: 9.2,
  image: { data: Uint8Array.of(1, 2, 3, 40, 50, 60), height: 1, width: 2, channels: 3 },
};

test('a picture with its caption, enlarged by a whole factor, with the pixels it had', async () => {
  const { text } = await mistakesSection(
    { worst: [mistake], classes: ['4', '<9>'] },
    { total: 10, mistakes: 1 },
    encode,
  );
  const { document } = parseHTML(`<!doctype html><html><body>${text}</body></html>`);
  const image = document.querySelector('img');
  expect(image?.getAttribute('alt')).toBe('Test picture 4711: true class <9>, predicted 4');
  expect([image?.getAttribute('width'), image?.getAttribute('height')]).toEqual(['140', '70']);
  expect(document.querySelector('figcaption')?.textContent?.replace(/\s+/g, ' ')).toBe(
    'true <9> p < 0.001predicted 4 p = 0.972',
  );
  expect(text).not.toContain('<9>');
  const png = Buffer.from(String(image?.getAttribute('src')).replace('data:image/png;base64,', ''), 'base64');
  expect([...(await sharp(png).raw().toBuffer())]).toEqual([1, 2, 3, 40, 50, 60]);
});

test('no mistakes, no test, and no pictures are three things', async () => {
  const say = async (total: number, mistakes: number) =>
    (await mistakesSection({ worst: [], classes: [] }, { total, mistakes }, encode)).text;
  expect(await say(10, 0)).toContain('all 10 test pictures were classified correctly');
  expect(await say(0, 0)).toContain('The network was not tested');
  expect(await say(10, 2)).toContain('No pictures of them were kept');
});
