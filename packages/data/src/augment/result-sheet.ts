import { sharpWithoutCache } from '../decode.ts';
import type { Image } from '../image.ts';
import type { JsonValue } from '../transforms/define.ts';

/** A picture of a contact sheet, small, and what is written below. */
export interface Cell {
  readonly thumbnail: Uint8Array;
  readonly caption: readonly string[];
}

const side = 160;
const gap = 12;
const lineHeight = 12;
/** Of a caption. */
const lines = 8;
const columns = 28;
const cellHeight = side + lines * lineHeight + gap;

/** A picture for a contact sheet. */
export async function sheetCell(image: Image, text: string): Promise<Cell> {
  const open = await sharpWithoutCache();
  const { data, height, width, channels } = image;
  const raw = { height, width, channels: channels as 1 | 3 | 4 };
  // Small pictures show their pixels; large ones are made small with a filter.
  const kernel = Math.max(height, width) > side ? 'lanczos3' : 'nearest';
  const small = open(data, { raw }).resize(side, side, { fit: 'contain', background: '#fff', kernel });
  const { data: thumbnail } = await small.png().toBuffer({ resolveWithObject: true });
  return { thumbnail, caption: wrapped(text) };
}

/** What chance decided, in few characters. */
export function describeSampled(sampled: JsonValue): string {
  if (typeof sampled === 'number') return String(Math.round(sampled * 1000) / 1000);
  if (sampled === null || typeof sampled !== 'object') return String(sampled ?? '–');
  if (Array.isArray(sampled))
    return sampled
      .map(describeSampled)
      .filter((text) => text !== '')
      .join('; ');
  return Object.entries(sampled)
    .map(([key, value]) => (key === 'op' ? String(value) : `${key} ${describeSampled(value)}`))
    .join(' ');
}

/** A contact sheet as PNG: a row for each picture, the original first. */
export async function resultSheet(rows: readonly (readonly Cell[])[]): Promise<Uint8Array> {
  const width = gap + Math.max(1, ...rows.map((row) => row.length)) * (side + gap);
  const height = gap + Math.max(1, rows.length) * cellHeight;
  const placed = rows.flatMap((row, r) =>
    row.map((cell, c) => ({ ...cell, left: gap + c * (side + gap), top: gap + r * cellHeight })),
  );
  const texts = placed.flatMap(({ caption, left, top }) =>
    caption.map((text, i) => `<text x="${left}" y="${top + side + (i + 1) * lineHeight}">${escaped(text)}</text>`),
  );
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<g font-family="sans-serif" font-size="10" fill="#222">${texts.join('')}</g></svg>`;
  const open = await sharpWithoutCache();
  const { data } = await open({ create: { width, height, channels: 3, background: '#fff' } })
    .composite([
      ...placed.map(({ thumbnail, left, top }) => ({ input: Buffer.from(thumbnail), left, top })),
      { input: Buffer.from(svg), left: 0, top: 0 },
    ])
    .png()
    .toBuffer({ resolveWithObject: true });
  return data;
}

/** Lines of a caption; what does not fit is left out, with dots in its place. */
function wrapped(text: string): string[] {
  const found: string[] = [];
  for (const word of text.split(' ').flatMap((long) => long.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [])) {
    const last = found.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) found[found.length - 1] = `${last} ${word}`;
    else found.push(word);
  }
  return found.length <= lines ? found : [...found.slice(0, lines - 1), '…'];
}

/** Text in XML, which has no place for control characters. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  return text.replaceAll(/\p{Cc}/gu, '?').replaceAll(/[&<>]/g, (character) => entities[character]!);
}
