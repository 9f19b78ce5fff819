import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import type { Image } from '../image.ts';
import { brightness } from './brightness.ts';
import { contrast } from './contrast.ts';
import { createTransform } from './create.ts';
import { pcaLighting } from './pca-lighting.ts';

const image: Image = { data: Uint8Array.of(10, 200, 30, 90, 60, 120), height: 1, width: 2, channels: 3 };
const at = (position: number) => new Generator({ seed: 1, purpose: 'augmentation', position });

describe('color_jitter', () => {
  const transform = createTransform({ op: 'color_jitter', brightness: 0.4, contrast: [0.5, 0.7] });

  it('does them in the order that was drawn', () => {
    const [bright, flat] = [
      { chosen: 0, sampled: { factor: 1.3 } },
      { chosen: 1, sampled: { factor: 0.6 } },
    ];
    expect(transform.apply(image, [bright, flat])).toEqual(contrast(brightness(image, 1.3), 0.6));
    expect(transform.apply(image, [flat, bright])).toEqual(brightness(contrast(image, 0.6), 1.3));
    expect(transform.apply(image, [flat, bright])).not.toEqual(transform.apply(image, [bright, flat]));
  });

  it('draws factors from the ranges of torchvision, in both orders', () => {
    const orders = new Set<string>();
    for (let position = 0; position < 100; position++) {
      const drawn = transform.sample(at(position), image) as { chosen: number; sampled: { factor: number } }[];
      orders.add(drawn.map(({ chosen }) => chosen).join());
      for (const { chosen, sampled } of drawn) {
        expect(sampled.factor).toBeGreaterThanOrEqual([0.6, 0.5][chosen]!);
        expect(sampled.factor).toBeLessThan([1.4, 0.7][chosen]!);
      }
    }
    expect([...orders].sort()).toEqual(['0,1', '1,0']);
    expect(createTransform({ op: 'color_jitter', brightness: 3 }).spec).toMatchObject({
      brightness: [0, 4],
      hue: null,
    });
  });

  it('leaves pictures as they are where nothing is given', () => {
    const nothing = createTransform({ op: 'color_jitter' });
    expect(nothing.apply(image, nothing.sample(at(0), image))).toEqual(image);
  });
});

describe('pca_lighting', () => {
  it('adds the components, rounded and clamped', () => {
    // 255 · 0.2175 · (−0.5675, −0.5808, −0.5836) = (−31.48, −32.21, −32.37)
    expect([...pcaLighting(image, [1, 0, 0]).data]).toEqual([0, 168, 0, 59, 28, 88]);
    expect([...pcaLighting(image, [0, 0, 0]).data]).toEqual([...image.data]);
  });

  it('draws from a normal distribution, and wants colours', () => {
    const transform = createTransform({ op: 'pca_lighting', deviation: 0.5 });
    const alphas = Array.from(
      { length: 500 },
      (_, i) => (transform.sample(at(i), image) as { alphas: number[] }).alphas,
    ).flat();
    const mean = alphas.reduce((a, b) => a + b, 0) / 1500;
    const deviation = Math.sqrt(alphas.reduce((a, b) => a + (b - mean) ** 2, 0) / 1500);
    expect(Math.abs(mean)).toBeLessThan(0.052);
    expect(Math.abs(deviation - 0.5)).toBeLessThan(0.037);
    expect(() => pcaLighting({ ...image, width: 6, channels: 1 }, [1, 1, 1])).toThrow('3 or 4 channels, got 1');
  });
});
