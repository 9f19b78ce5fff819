import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { askTorchvision } from '../goldens/policies.ts';
import { createImage, type Image, type ImageShape } from '../image.ts';
import { autoAugmentPolicies } from './auto-augment-policies.ts';
import { createTransform } from './create.ts';
import { isSigned, type MagnitudeSpace, narrowSpace, operationOfMagnitude } from './magnitudes.ts';
import { mixPixels, type PixmixStep, toUnit } from './pixmix-arithmetic.ts';
import { randAugmentOperations } from './rand-augment.ts';
import { operationOfLevel } from './severity.ts';
import { wideSpace } from './trivial-augment-wide.ts';

function noise(shape: ImageShape, position: number): Image {
  const generator = new Generator({ seed: 2, purpose: 'mixing', position });
  const image = createImage(shape);
  for (let i = 0; i < image.data.length; i++) image.data[i] = generator.uint32() & 255;
  return image;
}

const autoAugmentOperations = [...randAugmentOperations.slice(1), 'invert'];
const plain = ['identity', 'autocontrast', 'equalize', 'invert'];

/** Every operation at every magnitude and sign, in torchvision's order. */
function allOperations(shape: ImageShape) {
  const spaces: [string, readonly string[], number, MagnitudeSpace][] = [
    ['auto_augment', autoAugmentOperations, 10, narrowSpace],
    ['rand_augment', randAugmentOperations, 31, narrowSpace],
    ['trivial_augment_wide', randAugmentOperations, 31, wideSpace],
  ];
  return spaces.flatMap(([policy, ops, bins, space]) =>
    ops.flatMap((op) =>
      Array.from({ length: plain.includes(op) ? 1 : bins }, (_, index) =>
        (isSigned(op) ? [false, true] : [false]).map((negative) => {
          const of = { index, bins, negative };
          return { policy, drawn: op === 'identity' ? [] : [operationOfMagnitude(op, space, of, shape)] };
        }),
      ).flat(),
    ),
  );
}

const sizes = [
  [32, 32],
  [17, 45],
  [9, 6],
] as const;
const pictures = sizes.map(([height, width]) => noise({ height, width, channels: 3 }, height));

const generator = (position: number) => new Generator({ seed: 3, purpose: 'augmentation', position });

const levels = Array.from({ length: 3000 }, (_, i) => {
  const ops = ['posterize', 'rotate', 'solarize', 'shear_x', 'translate_x', 'color'];
  const level = i < 600 ? (1 + Math.floor(i / 6)) / 10 : generator(i).uniform(0.1, 10);
  return [ops[i % 6]!, level, 8 + (i % 301)] as const;
});

const pixmixCases = Array.from({ length: 60 }, (_, i) => {
  const random = generator(i);
  const share = (): number => Math.fround(random.uniform());
  return Array.from({ length: random.integer(5) }, (): PixmixStep => {
    const mixing = random.integer(2) === 0 ? 'add' : 'multiply';
    const plus = random.integer(2) === 0;
    return { mixing, a: plus ? share() : Math.fround(1 + share()), b: plus ? share() : 0 - share() };
  });
});
const pixmixPictures = Array.from({ length: pixmixCases.flat().length + pixmixCases.length }, (_, i) =>
  noise({ height: 16, width: 16, channels: 3 }, i).data); // biome-ignore format: one line

const augmix = createTransform({ op: 'aug_mix', allOps: true });
interface AugmixDrawn {
  readonly weight: number;
  readonly chains: readonly { readonly weight: number; readonly operations: never[] }[];
}
const augmixDrawn = [1, 2, 3].map((i) => augmix.sample(generator(i), pictures[1]!) as never as AugmixDrawn);
const chained = ({ chains }: AugmixDrawn) =>
  chains.map(({ operations }) => createTransform({ op: 'rand_augment', resample: 'bilinear' }).apply(pictures[1]!, operations).data); // biome-ignore format: one line

const answers =
  process.arch === 'x64'
    ? askTorchvision([
        ...pictures.map(({ height, width, data }) => ({ question: 'spaces', shape: [height, width], pixels: [data] })),
        { question: 'tables', pixels: [] },
        { question: 'levels', cases: levels, pixels: [] },
        { question: 'pixmix', size: 768, cases: pixmixCases, pixels: pixmixPictures },
        ...augmixDrawn.map((drawn) => ({
          question: 'augmix',
          weight: drawn.weight,
          weights: drawn.chains.map(({ weight }) => weight),
          pixels: [pictures[1]!.data, ...chained(drawn)],
        })),
      ])
    : undefined;
const answer = (index: number): Buffer => answers![index]!;

const reason = answers ? 'live' : 'skipped: it takes an x86-64 machine with torchvision';

describe.skipIf(answers === undefined)(`policies beside those of torchvision (${reason})`, () => {
  it.each([0, 1, 2])('have its bytes for every operation at every magnitude, picture %d', (index) => {
    const image = pictures[index]!;
    const expected = answer(index);
    const operations = allOperations(image);
    expect(expected.length).toBe(operations.length * image.data.length);
    const transforms = new Map(operations.map(({ policy }) => [policy, createTransform({ op: policy })]));
    const wrong = operations.filter(({ policy, drawn }, i) => {
      const result = transforms.get(policy)!.apply(image, drawn).data;
      return Buffer.compare(result, expected.subarray(i * result.length, (i + 1) * result.length)) !== 0;
    });
    expect(wrong).toEqual([]);
  });

  it("have AutoAugment's tables", () => {
    const snake = (name: string): string =>
      name === 'AutoContrast'
        ? 'autocontrast'
        : name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    const tables: object = JSON.parse(answer(3).toString(), (_, value) =>
      typeof value === 'string' ? snake(value) : value,
    );
    expect(autoAugmentPolicies).toEqual(tables);
  });

  it("have AugMix's numbers for a level", () => {
    const ours = levels.map(([op, level, width]) => {
      const { op: _, ...numbers } = operationOfLevel(op, level, false, { height: 5, width, channels: 3 });
      return Object.values(numbers)[0];
    });
    expect(ours).toEqual(JSON.parse(answer(4).toString()));
  });

  it("have PixMix's arithmetic in float32", () => {
    let at = 0;
    const ours = pixmixCases.map((steps) => {
      const mixed = toUnit(pixmixPictures[at++]!);
      for (const step of steps) mixPixels(mixed, pixmixPictures[at++]!, step);
      return Uint8Array.from(mixed, (value) => Math.floor(Math.fround(Math.fround(value * 255) + 0.5)));
    });
    // A power that is off by one in the last place of a float may be rounded to another byte.
    const differences = Array.from(Buffer.concat(ours), (value, i) => Math.abs(value - answer(5)[i]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    expect(differences.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(2);
  });

  it("have AugMix's arithmetic in float32", () => {
    augmixDrawn.forEach((drawn, i) => {
      const mixed = augmix.apply(pictures[1]!, drawn as never);
      expect(Buffer.compare(mixed.data, answer(6 + i))).toBe(0);
    });
  });
});
