import { describe, expect, it } from 'vitest';
import { type Initialisation, initialise, initialiserSchema } from './initialisers.ts';
import { Generator } from './random/generator.ts';

const fans = { fanIn: 300, fanOut: 48 };

function draw(initialisation: Initialisation): Float32Array {
  const values = new Float32Array(100_000);
  initialise(values, { initialisation, ...fans }, new Generator({ seed: 1, purpose: 'initialisation' }));
  return values;
}

const variance = (values: Float32Array): number =>
  values.reduce((sum, x) => sum + x * x, 0) / values.length -
  (values.reduce((sum, x) => sum + x, 0) / values.length) ** 2;

describe('initialise', () => {
  // torch.nn.init: bound = gain·√(3/fan), deviation = gain/√fan with gain √2 for a ReLU; Xavier with fanIn + fanOut.
  it.each<readonly [Initialisation, bound: number]>([
    [{ kind: 'torchDefault' }, 1 / Math.sqrt(300)],
    [{ kind: 'kaimingUniform', mode: 'fanIn' }, Math.SQRT2 * Math.sqrt(3 / 300)],
    [{ kind: 'kaimingUniform', mode: 'fanOut' }, Math.SQRT2 * Math.sqrt(3 / 48)],
    [{ kind: 'xavierUniform' }, Math.sqrt(6 / 348)],
    [{ kind: 'uniform', bound: 0.02 }, 0.02],
  ])('%j is uniform within its bound', (initialisation, bound) => {
    const values = draw(initialisation);
    const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    expect(largest).toBeGreaterThan(0.9999 * bound);
    expect(variance(values) / (bound ** 2 / 3)).toBeCloseTo(1, 1.9);
  });

  it.each<readonly [Initialisation, deviation: number]>([
    [{ kind: 'kaimingNormal', mode: 'fanIn' }, Math.SQRT2 / Math.sqrt(300)],
    [{ kind: 'kaimingNormal', mode: 'fanOut' }, Math.SQRT2 / Math.sqrt(48)],
    [{ kind: 'xavierNormal' }, Math.sqrt(2 / 348)],
    [{ kind: 'normal', deviation: 0.01 }, 0.01],
    [{ kind: 'truncatedNormal', deviation: 0.1, limit: 2 }, 0.1],
  ])('%j is normal with its deviation', (initialisation, deviation) => {
    const values = draw(initialisation);
    expect(Math.sqrt(variance(values)) / deviation).toBeCloseTo(1, 1.9);
    expect(values.filter((x) => Math.abs(x) > 2 * deviation).length / values.length).toBeCloseTo(0.0455, 2);
  });

  it('truncates a normal distribution', () => {
    const values = draw({ kind: 'truncatedNormal', deviation: 0.1, limit: 0.15 });
    const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(0.15));
    expect(largest).toBeGreaterThan(0.1499);
    // 1 − 2·1.5·φ(1.5)/(2Φ(1.5) − 1) of the variance is left.
    expect(variance(values) / 0.01).toBeCloseTo(0.5514, 2);
  });

  it('fills with a constant', () => {
    expect(new Set(draw({ kind: 'constant', value: 0.25 }))).toEqual(new Set([0.25]));
  });

  it('is checked: unknown kinds, misspelt options', () => {
    expect(initialiserSchema.parse({ kind: 'kaimingNormal' })).toEqual({ kind: 'kaimingNormal', mode: 'fanIn' });
    for (const wrong of [
      { kind: 'he' },
      { kind: 'kaimingNormal', mod: 'fanOut' },
      { kind: 'constant' },
      { kind: 'truncatedNormal', deviation: 1, limit: 0.1 },
      {},
    ]) {
      expect(initialiserSchema.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
    }
  });
});
