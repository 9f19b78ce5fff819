/**
 * Draws every augmentation at several strengths, with the package's own transforms, for docs/augmentations.md.
 *
 *     node scripts/augmentations.ts [docs/images/augmentations.png]
 */
import { writeFileSync } from 'node:fs';
import { Generator } from '../packages/core/src/index.ts';
import { sharpWithoutCache } from '../packages/data/src/decode.ts';
import { builtinTransforms, createTransform, type Image } from '../packages/data/src/index.ts';

const side = 80;
const gap = 6;
/** Below each picture. */
const captionHeight = 12;
const titleHeight = 16;
/** Of an operation, and operations side by side. */
const [strengths, columns] = [4, 2];
const blockWidth = strengths * (side + gap) + 3 * gap;
const blockHeight = titleHeight + side + captionHeight + gap;

/** What an operation is told besides its name. */
type Parameters = Readonly<Record<string, number | string | readonly number[]>>;

/** One value after the other: of a parameter that is drawn from a range, which then has only this value; or of another. */
const at = (name: string, ...values: readonly number[]): Parameters[] =>
  values.map((value) => ({ [name]: [value, value] }));
const as = (name: string, ...values: readonly (number | string)[]): Parameters[] =>
  values.map((value) => ({ [name]: value }));
/** Four draws. */
const drawn = (parameters: Parameters = {}): Parameters[] => Array.from({ length: strengths }, () => parameters);

const rows: Readonly<Record<string, readonly Parameters[]>> = {
  autocontrast: as('cutoff', 0, 5, 15, 30),
  equalize: [{}],
  posterize: at('bits', 4, 3, 2, 1),
  solarize: at('threshold', 224, 160, 96, 0),
  solarize_add: at('addition', 20, 50, 80, 110),
  invert: [{}],
  color: at('factor', 0, 0.5, 1.5, 3),
  contrast: at('factor', 0.2, 0.6, 1.4, 2),
  brightness: at('factor', 0.3, 0.7, 1.3, 1.8),
  sharpness: at('factor', 0, 0.5, 2, 6),
  hue: at('shift', -0.3, -0.1, 0.1, 0.3),
  color_jitter: drawn({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }),
  pca_lighting: as('deviation', 0.1, 0.5, 1, 2),
  grayscale: [{}],
  rotate: at('degrees', 5, 15, 45, 90),
  shear_x: at('amount', -0.3, -0.1, 0.1, 0.3),
  shear_y: at('amount', -0.3, -0.1, 0.1, 0.3),
  translate_x: at('pixels', -24, -8, 8, 24),
  translate_y: at('pixels', -24, -8, 8, 24),
  perspective: as('distortion', 0.1, 0.3, 0.5, 0.8),
  horizontal_flip: as('probability', 1),
  vertical_flip: as('probability', 1),
  random_crop: as('padding', 4, 8, 16, 32).map((parameters) => ({ ...parameters, size: side })),
  center_crop: as('size', 72, 60, 48, 32),
  resize: as('size', 60, 40, 20, 10),
  random_resized_crop: drawn({ size: side }),
  cutout: as('size', 8, 16, 32, 48),
  random_erasing: drawn({ probability: 1 }),
  auto_augment: drawn({ policy: 'imagenet' }),
  rand_augment: as('magnitude', 4, 9, 14, 20),
  trivial_augment_wide: drawn(),
  aug_mix: as('severity', 1, 3, 5, 10),
  pixmix: as('severity', 1, 3, 5, 10),
};
/** These only put others together. */
const combinations = ['compose', 'one_of', 'some_of', 'sometimes'];

/** A house in the sun: with colours, edges, soft parts, and no symmetry. A little pale, so that contrast can be seen to change. */
const scene = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 80 80">
  <defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#5f9bd0"/><stop offset="1" stop-color="#d8e4e6"/></linearGradient></defs>
  <rect width="80" height="80" fill="url(#sky)"/><circle cx="62" cy="16" r="9" fill="#f0cf5a"/>
  <path d="M0 58 Q24 46 80 60 V80 H0Z" fill="#6fa052"/><path d="M46 80 Q40 66 30 60 L36 60 Q50 66 60 80Z" fill="#cbb891"/>
  <rect x="14" y="36" width="28" height="24" fill="#d9d3c4"/><path d="M10 38 L28 22 L46 38Z" fill="#b0503f"/>
  <rect x="30" y="45" width="8" height="15" fill="#5c4536"/><rect x="18" y="42" width="8" height="8" fill="#3f5668"/>
  <rect x="66" y="44" width="4" height="18" fill="#6a4b35"/><circle cx="68" cy="40" r="9" fill="#3f7442"/>
</svg>`;

const known = new Set([...Object.keys(rows), ...combinations]);
const missing = builtinTransforms.filter(({ name }) => !known.has(name)).map(({ name }) => name);
if (missing.length > 0) throw new Error(`expected every transform in the picture, not there: ${missing.join(', ')}`);

const open = await sharpWithoutCache();
const data = new Uint8Array(await open(Buffer.from(scene)).removeAlpha().raw().toBuffer());
const image: Image = { data, height: side, width: side, channels: 3 };
/** The picture as it is, then each operation. */
const blocks: [string, readonly Parameters[]][] = [['the picture', [{}]], ...Object.entries(rows)];
const width = columns * blockWidth + gap;
const height = Math.ceil(blocks.length / columns) * blockHeight + gap;
const pictures: { input: Buffer; left: number; top: number }[] = [];
const texts: string[] = [];

const text = (left: number, top: number, size: number, words: string) =>
  texts.push(`<text x="${left}" y="${top}" font-size="${size}">${words}</text>`);

/** What was asked for, where it is not the same for all. */
function caption(parameters: Parameters, all: readonly Parameters[]): string {
  const [name] = Object.keys(parameters);
  if (name === undefined || all.every((other) => other === all[0])) return '';
  const value = parameters[name];
  return `${name} ${Array.isArray(value) ? value[0] : value}`;
}

for (const [i, [op, all]] of blocks.entries()) {
  const left = gap + (i % columns) * blockWidth;
  const top = gap + Math.floor(i / columns) * blockHeight;
  text(left, top + 11, 12, op);
  for (const [position, parameters] of all.entries()) {
    const transform = createTransform(i === 0 ? [] : { op, ...parameters });
    const sampled = transform.sample(new Generator({ seed: 7, purpose: 'augmentation', position }), image);
    const result = transform.apply(image, sampled);
    const raw = { height: result.height, width: result.width, channels: 3 } as const;
    const shown = open(result.data, { raw }).resize(side, side, {
      fit: op === 'resize' ? 'fill' : 'contain',
      kernel: 'nearest',
      background: '#fff',
      withoutEnlargement: op !== 'resize',
    });
    const x = left + position * (side + gap);
    pictures.push({ input: await shown.png().toBuffer(), left: x, top: top + titleHeight });
    text(x, top + titleHeight + side + 9, 9, caption(parameters, all));
  }
}

const captions = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g font-family="sans-serif" fill="#222">${texts.join('')}</g></svg>`;
const sheet = open({ create: { width, height, channels: 3, background: '#fff' } })
  .composite([...pictures, { input: Buffer.from(captions), left: 0, top: 0 }])
  .png({ palette: true, effort: 10 });
const file = process.argv[2] ?? 'docs/images/augmentations.png';
writeFileSync(file, await sheet.toBuffer());
console.log(`${file}: ${width}×${height}, ${blocks.length - 1} operations`);
