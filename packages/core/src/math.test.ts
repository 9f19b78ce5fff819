import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cosine, exponential, naturalLog } from './math.ts';
import { Generator } from './random/generator.ts';

const random = new Generator({ seed: 1, purpose: 'split' });

/** The distance of the next larger number. */
function unitInLastPlace(x: number): number {
  const bits = new BigUint64Array(1);
  const value = new Float64Array(bits.buffer);
  value[0] = Math.abs(x);
  bits[0]!++;
  return value[0]! - Math.abs(x);
}

describe('naturalLog', () => {
  it('is within 2 units in the last place of known logarithms', () => {
    const known: readonly (readonly [x: number, log: number])[] = [
      [2, Math.LN2],
      [10, Math.LN10],
      [0.5, -Math.LN2],
      [1 + 2 ** -52, 2 ** -52],
      [2 ** 100, 100 * Math.LN2],
      [2 ** -1022, -1022 * Math.LN2],
    ];
    for (const [x, log] of known) {
      expect(Math.abs(naturalLog(x) - log), `ln ${x}`).toBeLessThanOrEqual(2 * unitInLastPlace(log));
    }
    expect(naturalLog(1)).toBe(0);
  });

  it('is within 3 units of Math.log, which is within one, everywhere', () => {
    for (let i = 0; i < 20_000; i++) {
      const x = random.uniform(1, 2) * 2 ** (random.integer(i % 2 === 0 ? 2046 : 4) - (i % 2 === 0 ? 1022 : 2));
      const log = Math.log(x);
      expect(Math.abs(naturalLog(x) - log)).toBeLessThanOrEqual(3 * unitInLastPlace(log));
    }
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** -1023])('refuses %d', (x) => {
    expect(() => naturalLog(x)).toThrowError(`naturalLog: expected a positive finite number, got ${x}`);
  });
});

describe('exponential', () => {
  it('is within 3 units of Math.exp, which is within one, everywhere', () => {
    for (let i = 0; i < 20_000; i++) {
      const x = random.uniform(-1, 1) * (i % 2 === 0 ? 700 : 1);
      const power = Math.exp(x);
      expect(Math.abs(exponential(x) - power), `e^${x}`).toBeLessThanOrEqual(3 * unitInLastPlace(power));
    }
    expect(Math.abs(exponential(1) - Math.E)).toBeLessThanOrEqual(2 * unitInLastPlace(Math.E));
    expect(exponential(-740)).toBeCloseTo(Math.exp(-740), 320); // subnormal
  });

  it('is exact where it must be', () => {
    const infinity = Number.POSITIVE_INFINITY;
    expect([0, -0, -infinity, infinity, -746, 710].map(exponential)).toEqual([1, 1, 0, infinity, 0, infinity]);
    expect(() => exponential(Number.NaN)).toThrowError('exponential: expected a number, got NaN');
  });
});

describe('cosine', () => {
  it('is within 1e-15 of the cosine on [0, π]', () => {
    for (let i = 0; i <= 20_000; i++) {
      const x = Math.min(Math.PI, (i / 20_000) * Math.PI);
      expect(Math.abs(cosine(x) - Math.cos(x))).toBeLessThan(1e-15);
    }
    expect(cosine(0)).toBe(1);
    expect(cosine(Math.PI)).toBe(-1);
    expect(Math.abs(cosine(Math.PI / 3) - 0.5)).toBeLessThan(1e-15);
  });

  it.each([-0.1, 3.15, Number.NaN])('refuses %d', (x) => {
    expect(() => cosine(x)).toThrowError(`cosine: expected a number in [0, π], got ${x}`);
  });
});

describe('sources', () => {
  /** Functions of which V8's bits may change; not Math.sqrt, which IEEE 754 rounds exactly. */
  const inexact = /Math\.(?:a?(?:cos|sin|tan)h?|atan2|cbrt|exp|expm1|log|log10|log1p|log2|pow|hypot)\b/;
  const reasons: Readonly<Record<string, string>> = {
    'core/src/math.ts': 'says why there are functions of our own',
    'core/src/optimisers/bias-correction.ts': 'says why it multiplies',
    'data/src/transforms/trigonometry.ts': 'says why there are functions of our own',
    'kernels/src/ops/convolution-passes.ts': 'how deep a stack may become',
    'trainer/src/evaluation.ts': 'a probability that is reported',
    'trainer/src/report/scale.ts': 'ticks of a chart',
  };

  it('have functions of Math that are not exact only where no bit of them reaches weights or pictures', () => {
    const packages = new URL('../../', import.meta.url);
    // A test's own, a reference's, and fixtures' numbers are compared, never trained with.
    const others = /\.test\.ts$|\/(?:node_modules|dist|reference|testing|fixtures|goldens)\//;
    const files = globSync('*/{src,assembly}/**/*.ts', { cwd: packages.pathname }).filter((file) => !others.test(file));
    expect(files.length).toBeGreaterThan(300);
    const found = files.filter((file) => inexact.test(readFileSync(new URL(file, packages), 'utf8')));
    expect(found.sort()).toEqual(Object.keys(reasons).sort());
  });
});
