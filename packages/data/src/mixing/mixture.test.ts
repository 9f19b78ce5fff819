import { describe, expect, it } from 'vitest';
import { type Mixing, type Mixture, mix, mixingSchema, sampleMixture } from './mixture.ts';

const shape = { height: 6, width: 10, channels: 2 };
const place = { seed: 3, epoch: 1, firstPosition: 40, samples: 8 };

/** Of many samples: each of a batch of eight, in many epochs. */
const mixtures = (mixing: Mixing): { index: number; mixture: Mixture }[] =>
  Array.from({ length: 4000 }, (_, i) => ({
    index: i % 8,
    mixture: sampleMixture(mixing, { ...place, epoch: i >> 3 }, i % 8, shape)!,
  }));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('sampleMixture', () => {
  it('is a function of seed, epoch and position', () => {
    const mixing = { mixup: 0.4, cutmix: 1 };
    const once = sampleMixture(mixing, place, 3, shape);
    expect(sampleMixture(mixing, place, 3, shape)).toEqual(once);
    expect(sampleMixture(mixing, { ...place, seed: 4 }, 3, shape)).not.toEqual(once);
    expect(sampleMixture(mixing, { ...place, epoch: 2 }, 3, shape)).not.toEqual(once);
    expect(sampleMixture(mixing, { ...place, firstPosition: 41 }, 3, shape)).not.toEqual(once);
    expect(sampleMixture(mixing, { ...place, firstPosition: 41 }, 2, shape)?.share).toBe(once!.share);
  });

  it('takes every other sample of the batch as often, and never the same', () => {
    const counts = Array.from({ length: 8 }, () => new Array<number>(8).fill(0));
    for (const { index, mixture } of mixtures({ mixup: 1, cutmix: 0 })) counts[index]![mixture.partner]!++;
    counts.forEach((row, index) => {
      row.forEach((count, partner) => {
        if (partner === index) expect(count).toBe(0);
        else expect(Math.abs(count - 500 / 7)).toBeLessThan(4 * Math.sqrt(500 / 7));
      });
    });
  });

  it('blends by λ of Beta(α, α), or cuts, or one of both as often', () => {
    const blended = mixtures({ mixup: 1, cutmix: 0 }).map(({ mixture }) => mixture);
    expect(blended.every(({ box }) => box === undefined)).toBe(true);
    expect(mean(blended.map(({ share }) => share))).toBeCloseTo(0.5, 1);
    expect(mean(blended.map(({ share }) => share ** 2))).toBeCloseTo(1 / 3, 1);
    expect(mixtures({ mixup: 0, cutmix: 1 }).every(({ mixture }) => mixture.box)).toBe(true);
    const cuts = mixtures({ mixup: 1, cutmix: 1 }).filter(({ mixture }) => mixture.box).length;
    expect(Math.abs(cuts - 2000)).toBeLessThan(130);
  });

  it('cuts boxes within the picture, whose part of it is not the own share', () => {
    for (const { mixture } of mixtures({ mixup: 0, cutmix: 1 })) {
      const { top, bottom, left, right } = mixture.box!;
      expect(top >= 0 && top <= bottom && bottom <= 6 && left >= 0 && left <= right && right <= 10).toBe(true);
      expect(mixture.share).toBe(1 - ((bottom - top) * (right - left)) / 60);
    }
    // Half of λ is below 1/2, where without the border the box would have half the picture at least.
    const shares = mixtures({ mixup: 0, cutmix: 1 }).map(({ mixture }) => mixture.share);
    expect(mean(shares)).toBeGreaterThan(0.55);
    expect(mean(shares)).toBeLessThan(0.85);
  });

  it('leaves alone a sample that is by itself, and everything without an α', () => {
    expect(sampleMixture({ mixup: 1, cutmix: 1 }, { ...place, samples: 1 }, 0, shape)).toBeUndefined();
    expect(sampleMixture(mixingSchema.parse({}), place, 0, shape)).toBeUndefined();
  });
});

describe('mix', () => {
  const pictures = () => {
    const out = Float32Array.from({ length: 130 }, (_, i) => i);
    return { out, other: Float32Array.from({ length: 120 }, (_, i) => 1000 + i) };
  };

  it('blends the whole picture', () => {
    const { out, other } = pictures();
    mix({ partner: 0, share: 0.75, box: undefined }, shape, out, 5, other);
    const expected = Array.from({ length: 130 }, (_, i) => (i < 5 || i >= 125 ? i : 0.75 * i + 0.25 * (995 + i)));
    expect([...out]).toEqual(expected);
  });

  it('pastes the box, all channels of it', () => {
    const { out, other } = pictures();
    mix({ partner: 0, share: 0.9, box: { top: 1, bottom: 3, left: 8, right: 10 } }, shape, out, 5, other);
    const changed = [...out].flatMap((value, i) => (value === i ? [] : [[i - 5, value]]));
    const inside = [36, 37, 38, 39, 56, 57, 58, 59];
    expect(changed).toEqual(inside.map((i) => [i, 1000 + i]));
  });
});
