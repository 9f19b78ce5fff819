import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { fractal } from '../fractals/fractal.ts';
import { createImage, type Image } from '../image.ts';
import { createTransform } from './create.ts';
import { crop } from './crop.ts';
import { pixmix } from './pixmix.ts';
import { transformsWithMixingSet } from './registry.ts';

const shape = { height: 16, width: 16, channels: 3 };
const image: Image = { ...shape, data: Uint8Array.from({ length: 768 }, (_, i) => (i * 37) & 255) };
const generator = (position: number) => new Generator({ seed: 9, purpose: 'augmentation', position });
const picture = { index: 5, top: 1, left: 2 };
/** Nothing but the other picture: 0·(2x − 1) + 1·(2y − 1), plus 1, halved. */
const only = { mixing: 'add', a: 0, b: 1 } as const;

interface Drawn {
  readonly picture: typeof picture;
  readonly start: readonly unknown[];
  readonly rounds: readonly { other: unknown; mixing: string; a: number; b: number }[];
}

describe('pixmix', () => {
  it('is the picture, or what an operation makes of it, where nothing is mixed in', () => {
    const transform = createTransform(pixmix());
    expect(transform.apply(image, { picture, start: [], rounds: [] })).toEqual(image);
    const posterized = transform.apply(image, { picture, start: [{ op: 'posterize', bits: 2 }], rounds: [] });
    expect([...posterized.data]).toEqual([...image.data].map((value) => value & 0xc0));
  });

  it('mixes in the part of the fractal that was drawn', () => {
    const transform = createTransform(pixmix({ fractalSeed: 3 }));
    const part = crop(fractal(3, 5, 18), 1, 2, createImage(shape));
    const rounds = [{ other: null, ...only }];
    expect(transform.apply(image, { picture, start: [], rounds }).data).toEqual(part.data);
    const grey = { ...shape, channels: 1, data: new Uint8Array(256) };
    const mixed = transform.apply(grey, { picture, start: [], rounds });
    expect(mixed.data[7]).toBe((19595 * part.data[21]! + 38470 * part.data[22]! + 7471 * part.data[23]! + 32768) >> 16);
  });

  it('mixes variations of the picture as it was', () => {
    const rounds = [{ other: [{ op: 'posterize', bits: 1 }], ...only }];
    const mixed = createTransform(pixmix()).apply(image, { picture, start: [{ op: 'equalize' }], rounds });
    expect([...mixed.data]).toEqual([...image.data].map((value) => value & 0x80));
  });

  it('takes pictures in the place of fractals, and leaves opacity as it is', () => {
    const red = createImage({ height: 40, width: 90, channels: 3 });
    for (let i = 0; i < red.data.length; i += 3) red.data[i] = 200;
    const transform = createTransform(pixmix(), transformsWithMixingSet([red]));
    const drawn = transform.sample(generator(0), { ...shape, channels: 4 }) as unknown as Drawn;
    // 90·(18/40) = 40.5, rounded up, is the width of what covers 18×18.
    expect(drawn.picture.index).toBe(0);
    expect(drawn.picture.left).toBeLessThanOrEqual(41 - 16);
    const glass = createImage({ ...shape, channels: 4 });
    glass.data.fill(77);
    const mixed = transform.apply(glass, {
      picture: { index: 0, top: 2, left: 25 },
      start: [],
      rounds: [{ other: null, ...only }],
    });
    expect([...mixed.data]).toEqual(Array.from({ length: 256 }, () => [200, 0, 0, 77]).flat());
  });

  it('draws as its authors do', () => {
    const transform = createTransform(pixmix());
    const draws = Array.from({ length: 2000 }, (_, i) => transform.sample(generator(i), shape) as unknown as Drawn);
    const share = (count: number, of: number, expected: number): void =>
      expect(Math.abs(count / of - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / of));
    share(draws.filter(({ start }) => start.length === 1).length, 2000, 0.5);
    for (let k = 0; k <= 4; k++) share(draws.filter(({ rounds }) => rounds.length === k).length, 2000, 0.2);
    const rounds = draws.flatMap((drawn) => drawn.rounds);
    share(rounds.filter(({ other }) => other === null).length, rounds.length, 0.5);
    share(rounds.filter(({ mixing }) => mixing === 'add').length, rounds.length, 0.5);
    // a = Beta(3, 1) with b = Beta(1, 3), else 1 + Beta(1, 3) with −Beta(1, 3); means 3/4 and 1/4.
    const plain = rounds.filter(({ b }) => b > 0);
    share(plain.length, rounds.length, 0.5);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(plain.map(({ a }) => a))).toBeCloseTo(0.75, 1);
    expect(mean(plain.map(({ b }) => b))).toBeCloseTo(0.25, 1);
    const beyond = rounds.filter(({ b }) => b <= 0);
    expect(mean(beyond.map(({ a }) => a))).toBeCloseTo(1.25, 1);
    expect(mean(beyond.map(({ b }) => b))).toBeCloseTo(-0.25, 1);
  });
});
