import type { Generator } from '@lockstep/core';
import type { PerspectiveCoefficients } from '@lockstep/kernels';
import { crop, type PaddingMode } from '../transforms/crop.ts';
import { flipHorizontal, flipVertical } from '../transforms/flip.ts';
import { grayscale } from '../transforms/grayscale.ts';
import { hue } from '../transforms/hue.ts';
import { perspective } from '../transforms/perspective.ts';
import { resize } from '../transforms/resize.ts';
import { createImage, type Image, type ImageShape } from '../image.ts';
import { affine, type Resample } from '../transforms/affine.ts';
import type { AffineMatrix } from '../transforms/affine-matrix.ts';
import { autocontrast, type Cutoff } from '../transforms/autocontrast.ts';
import { brightness } from '../transforms/brightness.ts';
import { color } from '../transforms/color.ts';
import { contrast } from '../transforms/contrast.ts';
import type { JsonObject } from '../transforms/define.ts';
import { equalize } from '../transforms/equalize.ts';
import type { Fill } from '../transforms/fill.ts';
import { invert } from '../transforms/invert.ts';
import { posterize } from '../transforms/posterize.ts';
import { rotate } from '../transforms/rotate.ts';
import { sharpness } from '../transforms/sharpness.ts';
import { shearX, shearY } from '../transforms/shear.ts';
import { solarize } from '../transforms/solarize.ts';
import { solarizeAdd } from '../transforms/solarize-add.ts';
import { translateX, translateY } from '../transforms/translate.ts';

/** An operation that Pillow has too: `pillow.py` finds it under the same name. */
interface Operation<Parameters> {
  /** Random parameters, from harmless to absurd, and special ones among them. */
  draw(random: Generator, shape: ImageShape): Parameters;
  ours(image: Image, parameters: Parameters): Image;
}

const operation = <Parameters>(parts: Operation<Parameters>): Operation<JsonObject> =>
  parts as unknown as Operation<JsonObject>;

export const pick = <T>(random: Generator, values: readonly T[]): T => values[random.integer(values.length)]!;

interface Resampled {
  readonly resample: Resample;
  readonly fill: Fill;
}

const resampling = (random: Generator, { channels }: ImageShape): Resampled => ({
  resample: pick(random, ['bilinear', 'nearest'] as const),
  fill: pick<Fill>(random, [0, random.integer(256), ...(channels > 1 ? [[1, 128, 255, 77].slice(0, channels)] : [])]),
});

/** An operation of the affine family with one value. */
const moving = (
  ours: (image: Image, value: number, options: Resampled) => Image,
  draw: (random: Generator, shape: ImageShape) => number,
) =>
  operation<Resampled & { readonly value: number }>({
    draw: (random, shape) => ({ value: draw(random, shape), ...resampling(random, shape) }),
    ours: (image, { value, ...options }) => ours(image, value, options),
  });

const slant = (random: Generator): number =>
  pick(random, [random.uniform(-0.3, 0.3), random.uniform(-3, 3), random.integer(5) - 2]);
const distance = (random: Generator, size: number): number =>
  pick(random, [random.integer(2 * size + 3) - size - 1, random.uniform(-size - 1, size + 1)]);

/** An operation with a factor. */
const enhancing = (ours: (image: Image, factor: number) => Image) =>
  operation<{ readonly factor: number }>({
    draw: (random) => ({ factor: pick(random, [random.uniform(0, 2), random.integer(4), random.uniform(0, 100)]) }),
    ours: (image, { factor }) => ours(image, factor),
  });

const plain = (ours: (image: Image) => Image) => operation<JsonObject>({ draw: () => ({}), ours: (image) => ours(image) });

export const operations: Readonly<Record<string, Operation<JsonObject>>> = {
  affine: operation<Resampled & { readonly matrix: AffineMatrix; readonly size: readonly [number, number] }>({
    draw: (random, shape) => ({
      matrix: randomMatrix(random),
      size: randomSize(random, shape),
      ...resampling(random, shape),
    }),
    ours: (image, { matrix, size: [width, height], ...options }) =>
      affine(image, matrix, options, createImage({ height, width, channels: image.channels })),
  }),
  rotate: moving(rotate, (random) =>
    pick(random, [random.uniform(-400, 400), random.uniform(-15, 15), 15 * (random.integer(60) - 30)]),
  ),
  shear_x: moving(shearX, slant),
  shear_y: moving(shearY, slant),
  translate_x: moving(translateX, (random, { width }) => distance(random, width)),
  translate_y: moving(translateY, (random, { height }) => distance(random, height)),
  autocontrast: operation<{ readonly cutoff: Cutoff }>({
    draw: (random) => ({
      cutoff: pick<Cutoff>(random, [0, 0, random.integer(30), random.uniform(0, 60), [random.uniform(0, 9), 20], [0, 3]]),
    }),
    ours: (image, { cutoff }) => autocontrast(image, cutoff),
  }),
  equalize: plain(equalize),
  posterize: operation<{ readonly bits: number }>({
    draw: (random) => ({ bits: random.integer(9) }),
    ours: (image, { bits }) => posterize(image, bits),
  }),
  solarize: operation<{ readonly threshold: number }>({
    draw: (random) => ({ threshold: random.integer(257) }),
    ours: (image, { threshold }) => solarize(image, threshold),
  }),
  solarize_add: operation<{ readonly addition: number; readonly threshold: number }>({
    draw: (random) => ({ addition: random.integer(256), threshold: random.integer(256) }),
    ours: (image, { addition, threshold }) => solarizeAdd(image, addition, threshold),
  }),
  invert: plain(invert),
  perspective: operation<Resampled & { readonly matrix: PerspectiveCoefficients; readonly size: readonly [number, number] }>({
    draw(random, shape) {
      const slope = () => pick(random, [0, random.uniform(-0.05, 0.05), random.uniform(-1, 1), -1 / 8]);
      return { matrix: [...randomMatrix(random), slope(), slope()], size: randomSize(random, shape), ...resampling(random, shape) };
    },
    ours: (image, { matrix, size: [width, height], ...options }) =>
      perspective(image, matrix, options, createImage({ height, width, channels: image.channels })),
  }),
  flip_horizontal: plain(flipHorizontal),
  flip_vertical: plain(flipVertical),
  crop: operation<{ readonly corner: readonly [number, number]; readonly size: readonly [number, number]; readonly mode: PaddingMode }>({
    draw: (random, shape) => ({
      corner: [random.integer(3 * shape.height + 9) - shape.height - 4, random.integer(3 * shape.width + 9) - shape.width - 4],
      size: randomSize(random, shape),
      mode: pick(random, ['constant', 'edge', 'reflect', 'symmetric'] as const),
    }),
    ours: (image, { corner: [top, left], size: [width, height], mode }) =>
      crop(image, top, left, createImage({ height, width, channels: image.channels }), { paddingMode: mode }),
  }),
  resize: operation<{ readonly size: readonly [number, number]; readonly resample: Resample }>({
    draw: (random, shape) => ({
      size: randomSize(random, shape),
      resample: pick(random, ['bilinear', 'bilinear', 'nearest'] as const),
    }),
    ours: (image, { size: [width, height], resample }) =>
      resize(image, createImage({ height, width, channels: image.channels }), resample),
  }),
  grayscale: plain((image) => grayscale(image, createImage({ ...image, channels: 1 }))),
  desaturate: plain((image) => grayscale(image, createImage(image))),
  hue: operation<{ readonly shift: number }>({
    draw: (random) => ({ shift: pick(random, [random.uniform(-0.5, 0.5), 0, -0.5, 0.5]) }),
    ours: (image, { shift }) => hue(image, shift),
  }),
  color: enhancing(color),
  contrast: enhancing(contrast),
  brightness: enhancing(brightness),
  sharpness: enhancing(sharpness),
};

/** Width and height of a result: those of the picture, or others. */
function randomSize(random: Generator, { width, height }: ImageShape): readonly [number, number] {
  const other = (size: number) => 1 + random.integer(2 * size + 2);
  return pick(random, [
    [width, height],
    [other(width), other(height)],
  ]);
}

function randomMatrix(random: Generator): AffineMatrix {
  const kind = random.integer(5);
  const near = () => random.uniform(-2, 2);
  const shift = () => random.uniform(-10, 10);
  // Scaling alone; anything; quarters, whose sums are exact; sixths, whose sums are not; beyond fixed point.
  if (kind === 0) return [near(), 0, shift(), 0, near(), shift()];
  if (kind === 1) return [near(), near(), shift(), near(), near(), shift()];
  const quarter = () => (random.integer(17) - 8) / 4;
  if (kind === 2) return [quarter(), quarter(), quarter(), quarter(), quarter(), quarter()];
  const sixth = () => (random.integer(17) - 8) / 6;
  if (kind === 3) return [sixth(), 0, sixth(), 0, sixth(), sixth()];
  const step = 65536 / (1 + random.integer(5));
  return [step, near() / 100, random.integer(4) - step / 2, near() / 100, near(), shift()];
}
