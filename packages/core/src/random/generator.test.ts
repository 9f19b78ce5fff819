import { describe, expect, it } from 'vitest';
import { Generator, philox4x32, purposes, type StreamKey } from './generator.ts';

const key: StreamKey = { seed: 7, purpose: 'augmentation', epoch: 3, position: 4711, layer: 2 };

function philox(counter: readonly [number, number, number, number], of: readonly [number, number]): number[] {
  const out = new Uint32Array(4);
  philox4x32(counter, of, out);
  return [...out];
}

describe('philox4x32', () => {
  it('gives the known answers of Random123 (kat_vectors, philox4x32, 10 rounds)', () => {
    expect(philox([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const ones = 0xffffffff;
    expect(philox([ones, ones, ones, ones], [ones, ones])).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    expect(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
    ]);
  });
});

describe('Generator', () => {
  it('is Philox with the seed and the purpose as key, and layer, position and epoch in the counter', () => {
    const generator = new Generator(key);
    const words = Array.from({ length: 8 }, () => generator.uint32());
    expect(words).toEqual([...philox([0, 2, 4711, 3], [7, 3]), ...philox([1, 2, 4711, 3], [7, 3])]);
    // These numbers are in every run that was ever made.
    expect(purposes).toEqual({
      initialisation: 1,
      order: 2,
      augmentation: 3,
      dropout: 4,
      split: 5,
      mixing: 6,
      layer: 7,
    });
  });

  it('has a stream for each part, of its name and of the key alone', () => {
    const generator = new Generator(key);
    const first = generator.part('rotate').uint32();
    generator.uint32();
    expect(generator.part('rotate').uint32()).toBe(first);
    // In every run that was ever made with a policy of several operations.
    expect(first).toBe(1651033641);
    const others = [
      generator.part('rotate 2'),
      generator.part('rotates'),
      generator.part('rotate').part('rotate'),
      new Generator({ ...key, layer: 3 }).part('rotate'),
      new Generator({ ...key, epoch: 4 }).part('rotate'),
      new Generator(key),
    ];
    expect(new Set([first, ...others.map((other) => other.uint32())]).size).toBe(others.length + 1);
  });

  it('has a stream of its own for every key', () => {
    const first = (changes: Partial<StreamKey>): string => {
      const generator = new Generator({ ...key, ...changes });
      return [generator.uint32(), generator.uint32()].join();
    };
    const others: Partial<StreamKey>[] = [
      { seed: 8 },
      { purpose: 'dropout' },
      { epoch: 4 },
      { position: 4712 },
      { layer: 3 },
      { epoch: 0 },
      { position: 0 },
      { layer: 0 },
    ];
    expect(new Set([{}, ...others].map(first)).size).toBe(others.length + 1);
    expect(first({})).toBe(first({}));
  });

  it('is uniform on [0, 1): χ² of 100 bins', () => {
    const generator = new Generator({ seed: 1, purpose: 'split' });
    const bins = new Array<number>(100).fill(0);
    const draws = 200_000;
    for (let i = 0; i < draws; i++) bins[Math.floor(generator.uniform() * 100)]!++;
    const squares = bins.reduce((sum, count) => sum + (count - draws / 100) ** 2 / (draws / 100), 0);
    expect(squares).toBeLessThan(148.2); // 99 degrees of freedom: one seed in a thousand is above
    expect(squares).toBeGreaterThan(61.1); // and one below
  });

  it('maps words to [low, high) in equal steps', () => {
    const [words, generator] = [new Generator(key), new Generator(key)];
    for (let i = 0; i < 100; i++) expect(generator.uniform(-3, 5)).toBe(-3 + (words.uint32() / 2 ** 32) * 8);
  });

  it('draws integers without bias: a word beyond the last whole multiple is drawn again', () => {
    // A quarter of all words is beyond 3·2³⁰: taking them modulo the count would double the chance of the first third.
    const count = 3 * 2 ** 30;
    const words = new Generator(key);
    const expected = Array.from({ length: 2000 }, () => words.uint32()).filter((word) => word < count);
    const generator = new Generator(key);
    expect(expected.length).toBeLessThan(1600);
    expect(expected.map(() => generator.integer(count))).toEqual(expected);

    const dice = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) dice[generator.integer(6)]!++;
    const squares = dice.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    expect(squares).toBeLessThan(20.5); // 5 degrees of freedom: one seed in a thousand is above
    expect(generator.integer(1)).toBe(0);
    const whole = new Generator({ ...key, layer: 9 });
    const same = new Generator({ ...key, layer: 9 });
    expect(whole.integer(2 ** 32)).toBe(same.uint32());
  });

  it('draws normal numbers: moments and tails', () => {
    const generator = new Generator({ seed: 3, purpose: 'initialisation' });
    const draws = Array.from({ length: 100_000 }, () => generator.normal());
    const moment = (power: number) => draws.reduce((sum, x) => sum + x ** power, 0) / draws.length;
    // Four standard errors of each moment: √(1, 2, 15, 96)/√n.
    expect(Math.abs(moment(1))).toBeLessThan(0.0127);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.0179);
    expect(Math.abs(moment(3))).toBeLessThan(0.049);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.124);
    const beyond = (limit: number) => draws.filter((x) => Math.abs(x) > limit).length / draws.length;
    expect(beyond(1)).toBeCloseTo(0.3173, 2);
    expect(beyond(2)).toBeCloseTo(0.0455, 2);
    expect(beyond(3)).toBeCloseTo(0.0027, 3);
  });

  it.each([{ seed: -1 }, { seed: 1.5 }, { epoch: 2 ** 32 }, { position: Number.NaN }, { layer: -1 }])(
    'refuses the key %j',
    (changes) => {
      const [name, value] = Object.entries(changes)[0]!;
      expect(() => new Generator({ ...key, ...changes })).toThrowError(
        `Generator: expected ${name} to be an integer in [0, 2^32), got ${value}`,
      );
    },
  );

  it.each([0, -1, 2.5, 2 ** 32 + 1, Number.NaN])('refuses to draw of %d integers', (count) => {
    expect(() => new Generator(key).integer(count)).toThrowError(
      `Generator.integer: expected a count in [1, 2^32], got ${count}`,
    );
  });
});
