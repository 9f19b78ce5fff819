import { describe, expect, it } from 'vitest';
import { beta } from './beta.ts';
import { Generator } from './generator.ts';

const draws = (a: number, b: number, count = 4000): number[] => {
  const generator = new Generator({ seed: 5, purpose: 'mixing' });
  return Array.from({ length: count }, () => beta(generator, a, b));
};

describe('beta', () => {
  // Each with its distribution function; for n draws the largest deviation is above 1.63/√n in one of a hundred samples.
  it.each<[number, number, (x: number) => number]>([
    [1, 1, (x) => x],
    [2, 2, (x) => x * x * (3 - 2 * x)],
    [0.5, 0.5, (x) => (2 / Math.PI) * Math.asin(Math.sqrt(x))],
    [3, 1, (x) => x ** 3],
    [1, 3, (x) => 1 - (1 - x) ** 3],
    [0.2, 1, (x) => x ** 0.2],
  ])('has the distribution of shapes %d and %d', (a, b, distribution) => {
    const values = draws(a, b).sort((left, right) => left - right);
    const deviations = values.map((x, i) => Math.abs(distribution(x) - (i + 0.5) / values.length));
    expect(Math.max(...deviations)).toBeLessThan(1.63 / Math.sqrt(values.length));
  });

  it('stays in [0, 1] where the shape is so small that nothing else is left', () => {
    const values = draws(1e-4, 1e-4, 200);
    expect(values.every((x) => x >= 0 && x <= 1)).toBe(true);
    expect(values.filter((x) => x === 0 || x > 1 - 1e-9).length).toBeGreaterThan(150);
  });

  it('is the same on every machine', () => {
    expect(draws(0.2, 0.2, 3)).toEqual([0.016275888525175534, 0.0001841671770907896, 0.4462432401851623]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a shape of %d', (shape) => {
    const generator = new Generator({ seed: 1, purpose: 'mixing' });
    expect(() => beta(generator, 1, shape)).toThrow(`beta: expected positive finite shapes, got 1 and ${shape}`);
  });
});
