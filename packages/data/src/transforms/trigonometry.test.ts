import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { productError, roundTo15Decimals, sineCosine } from './trigonometry.ts';

const scale = 1n << 160n;

/** x·2¹⁶⁰, exactly for the doubles of these tests. */
function toFixedPoint(x: number): bigint {
  return (BigInt(x * 2 ** 80) << 80n) + BigInt((x * 2 ** 80 - Math.trunc(x * 2 ** 80)) * 2 ** 80);
}

/** Taylor's series with 160 bits after the point. */
function exactSineCosine(x: number): [bigint, bigint] {
  const point = toFixedPoint(x);
  const sums: [bigint, bigint] = [0n, 0n];
  let term = scale;
  for (let n = 1; term !== 0n; n++) {
    const odd = n % 2 === 0;
    const negative = Math.floor((n - 1) / 2) % 2 === 1;
    sums[odd ? 0 : 1] += negative ? -term : term;
    term = (term * point) / scale / BigInt(n);
  }
  return sums;
}

/** How far `x` is from the exact value, in units in the last place of x. */
function ulpsOff(x: number, exact: bigint): number {
  const ulp = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 52);
  return Math.abs(Number(toFixedPoint(x) - exact) / 2 ** 160) / ulp;
}

describe('sineCosine', () => {
  it('is at most 0.52 units in the last place off over four turns', () => {
    const generator = new Generator({ seed: 7, purpose: 'initialisation' });
    let worst = 0;
    for (let i = 0; i < 3000; i++) {
      const x = generator.uniform(-2 * Math.PI, 2 * Math.PI);
      const [sine, cosine] = sineCosine(x);
      const [exactSine, exactCosine] = exactSineCosine(x);
      worst = Math.max(worst, ulpsOff(sine, exactSine), ulpsOff(cosine, exactCosine));
    }
    expect(worst).toBeGreaterThan(0.49);
    expect(worst).toBeLessThan(0.52);
  });

  it('is exact at zero and refuses what it cannot reduce', () => {
    expect(sineCosine(0)).toEqual([0, 1]);
    expect(() => sineCosine(101)).toThrow('expected radians in [-100, 100], got 101');
    expect(() => sineCosine(Number.NaN)).toThrow(RangeError);
  });
});

describe('productError', () => {
  it('is what the product loses', () => {
    // (1 + 2⁻⁵²)² = 1 + 2⁻⁵¹ + 2⁻¹⁰⁴, and the last term does not fit.
    expect(productError(1 + 2 ** -52, 1 + 2 ** -52)).toBe(2 ** -104);
    expect(productError(3, 5)).toBe(0);
  });
});

describe('roundTo15Decimals', () => {
  it('rounds as Python does', () => {
    // By Python's round(x, 15).
    expect(roundTo15Decimals(0.5000000000000001)).toBe(0.5);
    expect(roundTo15Decimals(0.8660254037844386)).toBe(0.866025403784439);
    expect(roundTo15Decimals(-0.25881904510252074)).toBe(-0.258819045102521);
    expect(roundTo15Decimals(6.123233995736766e-17)).toBe(0);
    expect(roundTo15Decimals(1)).toBe(1);
  });

  it('decides by the exact value where the product with 10¹⁵ is rounded to a tie', () => {
    // Number.toFixed is exact; none of these doubles is a tie itself, though all their rounded products are.
    for (const x of [0.1234567890123455, 0.1234567890123465, 0.9876543210987655, 0.3333333333333335]) {
      expect(roundTo15Decimals(x)).toBe(Number(x.toFixed(15)));
      expect(roundTo15Decimals(-x)).toBe(-Number(x.toFixed(15)));
    }
  });

  it('rounds ties to even', () => {
    // An odd multiple of 2⁻¹⁶ has 16 decimals, the last of them a 5.
    expect(roundTo15Decimals(2 ** -16)).toBe(0.000015258789062);
    expect(roundTo15Decimals(3 * 2 ** -16)).toBe(0.000045776367188);
    expect(roundTo15Decimals(-3 * 2 ** -16)).toBe(-0.000045776367188);
  });
});
