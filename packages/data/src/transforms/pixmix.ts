import { beta, type Generator } from '@lockstep/core';
import { z } from 'zod';
import { fractal } from '../fractals/fractal.ts';
import { createImage, type Image, type ImageShape } from '../image.ts';
import { resamplingParameters } from './affine.ts';
import { crop } from './crop.ts';
import { type JsonObject, type OperationSpec, parseWith, type TransformDefinition, transformOf } from './define.ts';
import { DrawnOperations } from './drawn-operations.ts';
import { grayscale } from './grayscale.ts';
import { mixPixels, type PixmixStep, toUnit } from './pixmix-arithmetic.ts';
import { resize } from './resize.ts';
import { drawSevere, severitySchema } from './severity.ts';

const parameterSchema = z.strictObject({
  /** k: how many pictures are mixed in at most. */
  rounds: z.int().min(0).max(100).default(4),
  /** β: of the distributions that the shares come from; the larger, the less is mixed in. */
  beta: z.number().min(0.01).max(1000).default(3),
  severity: severitySchema.default(3),
  /** Also color, contrast, brightness and sharpness. */
  allOps: z.boolean().default(true),
  /** How many fractals there are, and which; without effect where there are pictures in their place. */
  fractals: z.int().min(1).max(100_000).default(128),
  fractalSeed: z.int().min(0).max(0xffffffff).default(0),
  ...resamplingParameters,
});

/**
 * PixMix as a specification. ImageNet's recipe is `pixmix({ beta: 4, severity: 1 })`; the defaults are CIFAR's.
 */
export function pixmix(parameters: Partial<z.input<typeof parameterSchema>> = {}): OperationSpec {
  return { op: 'pixmix', ...(parameters as JsonObject) };
}

/** Side of a fractal at most: its detail is at all scales, and a larger one takes long. */
const longestSide = 256;

/**
 * `{ op: 'pixmix' }`: the picture, mixed with variations of itself and with a picture of the mixing set, up to four times, by
 * addition or by multiplication (Hendrycks et al., "PixMix", CVPR 2022, arXiv 2112.05135, algorithm 1), in float32, rounded to the
 * nearest byte. The mixing picture is made an eighth larger than the picture at least, and a part of it cut out. Opacity stays, and
 * so do masks and boxes.
 *
 * @param pictures the mixing set, RGB, in the place of fractals
 */
export function definePixmix(pictures?: readonly Image[]): TransformDefinition {
  return {
    name: 'pixmix',
    create(raw, build) {
      const parameters = parseWith(parameterSchema, raw, 'pixmix');
      const { fractals, fractalSeed } = parameters;
      const operations = new DrawnOperations(build, parameters);
      const count = pictures?.length ?? fractals;
      const sampled = z.strictObject({
        /** What is done to the picture in the beginning. */
        start: z.array(operations.schema),
        /** The picture of the mixing set, and which part of it. */
        picture: z.strictObject({
          index: z.int().min(0).max(count - 1), // biome-ignore format: one line
          top: z.int().min(0),
          left: z.int().min(0),
        }),
        /** What is mixed in, each with its share: null for the picture of the set, else the picture after the operations. */
        rounds: z.array(
          z.strictObject({
            other: z.array(operations.schema).nullable(),
            mixing: z.enum(['add', 'multiply']),
            a: z.number(),
            b: z.number(),
          }),
        ),
      });
      const made = new Map<string, Image>();
      const sideOf = (shape: ImageShape): number => enlarged(Math.max(shape.height, shape.width));
      const mixingPicture = (index: number, shape: ImageShape): Image => {
        const given = pictures?.[index];
        if (given) return given;
        const side = Math.min(longestSide, sideOf(shape));
        const key = `${index} ${side}`;
        const picture = made.get(key) ?? fractal(fractalSeed, index, side);
        made.set(key, picture);
        return picture;
      };
      return transformOf(
        {
          name: 'pixmix',
          parameters: parameterSchema,
          sampled,
          sample(options, generator, shape): z.output<typeof sampled> {
            const index = generator.integer(count);
            const size = pictures
              ? coverSize(pictures[index]!, shape)
              : { height: sideOf(shape), width: sideOf(shape) };
            const picture = {
              index,
              top: generator.integer(size.height - shape.height + 1),
              left: generator.integer(size.width - shape.width + 1),
            };
            const severe = () => [drawSevere(generator, options, shape)];
            const start = generator.uniform() < 0.5 ? severe() : [];
            const rounds = Array.from({ length: generator.integer(options.rounds + 1) }, () => ({
              other: generator.uniform() < 0.5 ? severe() : null,
              ...drawStep(generator, options.beta),
            }));
            return { picture, start, rounds };
          },
          apply(image, { picture, start, rounds }, output) {
            operations.sequence.apply(image, start, output);
            if (rounds.length === 0) return;
            const mixed = toUnit(output.data);
            const other = createImage(image);
            for (const round of rounds) {
              if (round.other) operations.sequence.apply(image, round.other, other);
              else cutOut(mixingPicture(picture.index, image), picture, other);
              mixPixels(mixed, other.data, round);
            }
            for (let i = 0; i < mixed.length; i++) {
              if (image.channels === 4 && i % 4 === 3) continue;
              output.data[i] = Math.floor(Math.fround(Math.fround(mixed[i]! * 255) + 0.5));
            }
          },
        },
        raw,
      );
    },
  };
}

/** An eighth larger, as CIFAR's 36 for 32. */
const enlarged = (size: number): number => Math.ceil((size * 9) / 8);

/** The size of a mixing picture that covers a picture of this shape and an eighth more. */
function coverSize(picture: ImageShape, shape: ImageShape): { height: number; width: number } {
  const scale = Math.max(enlarged(shape.height) / picture.height, enlarged(shape.width) / picture.width);
  const [height, width] = [Math.round(picture.height * scale), Math.round(picture.width * scale)];
  return { height: Math.max(shape.height, height), width: Math.max(shape.width, width) };
}

/** Writes the part of a mixing picture, made so large that it covers `output` and an eighth more. */
function cutOut(picture: Image, { top, left }: { readonly top: number; readonly left: number }, output: Image): void {
  const rgb = createImage({ ...coverSize(picture, output), channels: 3 });
  resize(picture, rgb);
  const part = output.channels === 3 ? output : createImage({ ...output, channels: 3 });
  crop(rgb, top, left, part);
  if (output.channels === 1) grayscale(part, output);
  if (output.channels !== 4) return;
  for (let i = 0; i < output.data.length; i++) output.data[i] = i % 4 === 3 ? 255 : part.data[(i >> 2) * 3 + (i % 4)]!;
}

/** How two pictures are put together, and PixMix's `get_ab`. */
function drawStep(generator: Generator, shape: number): PixmixStep {
  const mixing = generator.integer(2) === 0 ? 'add' : 'multiply';
  if (generator.uniform() < 0.5) {
    return { mixing, a: Math.fround(beta(generator, shape, 1)), b: Math.fround(beta(generator, 1, shape)) };
  }
  const a = Math.fround(1 + Math.fround(beta(generator, 1, shape)));
  return { mixing, a, b: 0 - Math.fround(beta(generator, 1, shape)) };
}
