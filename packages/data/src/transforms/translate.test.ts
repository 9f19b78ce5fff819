import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createImage, type Image } from '../image.ts';
import { affine } from './affine.ts';
import { createTransform } from './create.ts';
import { translateX, translateY } from './translate.ts';

const image: Image = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), height: 2, width: 3, channels: 1 };

describe('translate', () => {
  it('moves left and up', () => {
    expect([...translateX(image, 1, { fill: 9 }).data]).toEqual([2, 3, 9, 5, 6, 9]);
    expect([...translateX(image, -2, { fill: 9 }).data]).toEqual([9, 9, 1, 9, 9, 4]);
    expect([...translateY(image, 1, { fill: 9 }).data]).toEqual([4, 5, 6, 9, 9, 9]);
    expect([...translateY(image, -1, { fill: 9 }).data]).toEqual([9, 9, 9, 1, 2, 3]);
  });

  it('leaves only the fill beyond the size', () => {
    for (const pixels of [3, -3, 1000, -1000]) {
      expect([...translateX(image, pixels, { fill: 9 }).data]).toEqual([9, 9, 9, 9, 9, 9]);
      expect([...translateY(image, pixels, { fill: 9 }).data]).toEqual([9, 9, 9, 9, 9, 9]);
    }
  });

  it('resamples fractions', () => {
    expect(translateX(image, 0.5).data).toEqual(affine(image, [1, 0, 0.5, 0, 1, 0]).data);
    expect(translateY(image, 0.5).data).toEqual(affine(image, [1, 0, 0, 0, 1, 0.5]).data);
    expect([...translateX(image, 0.5).data]).toEqual([1, 2, 0, 4, 5, 0]);
    expect([...translateY(image, 0.5).data]).toEqual([2, 3, 4, 0, 0, 0]);
  });

  it('refuses what is no number and two channels', () => {
    expect(() => translateX(image, Number.NaN)).toThrow('matrix of finite numbers');
    expect(() => translateY(createImage({ height: 1, width: 1, channels: 2 }), 1)).toThrow(
      'the same number of channels, 1, 3 or 4',
    );
    expect(() => translateX(image, 1, {}, createImage({ height: 2, width: 2, channels: 1 }))).toThrow(
      'translate_x: expected an output of the shape of the image',
    );
  });

  it('draws whole pixels, both ends included, unless told otherwise', () => {
    const draw = (spec: { op: string; fractional?: boolean }) => {
      const transform = createTransform({ ...spec, pixels: 2 });
      return Array.from({ length: 200 }, (_, position) =>
        JSON.stringify(transform.sample(new Generator({ seed: 1, purpose: 'augmentation', position }), image)),
      );
    };
    for (const op of ['translate_x', 'translate_y']) {
      const values = [...new Set(draw({ op }))].sort();
      expect(values).toEqual([-1, -2, 0, 1, 2].map((pixels) => JSON.stringify({ pixels })));
      const position = 5;
      const pixels = new Generator({ seed: 1, purpose: 'augmentation', position }).uniform(-2, 2);
      expect(draw({ op, fractional: true })[position]).toBe(JSON.stringify({ pixels }));
    }
  });
});
