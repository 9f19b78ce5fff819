import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createImage, type Image } from '../image.ts';
import { affine } from './affine.ts';
import { createTransform } from './create.ts';
import { shearX, shearY } from './shear.ts';

describe('shear', () => {
  // Rows of 3: the centre of row 0 lies half a pixel below the edge, so nearest pixels move by round(amount·(row + .5)).
  const rows: Image = { data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), height: 3, width: 3, channels: 1 };

  it('shifts rows and columns in proportion to their place', () => {
    const options = { resample: 'nearest', fill: 0 } as const;
    expect([...shearX(rows, 1, options).data]).toEqual([2, 3, 0, 6, 0, 0, 0, 0, 0]);
    expect([...shearY(rows, 1, options).data]).toEqual([4, 8, 0, 7, 0, 0, 0, 0, 0]);
    expect([...shearX(rows, -1, options).data]).toEqual([1, 2, 3, 0, 4, 5, 0, 0, 7]);
  });

  it('keeps the middle where told', () => {
    const middleX = shearX(rows, 0.4, { about: 'middle' });
    expect(middleX.data).toEqual(affine(rows, [1, 0.4, -0.6000000000000001, 0, 1, 0]).data);
    expect([...middleX.data.subarray(3, 6)]).toEqual([4, 5, 6]);
    const middleY = shearY(rows, 0.4, { about: 'middle' });
    expect(middleY.data).toEqual(affine(rows, [1, 0, 0, 0.4, 1, -0.6000000000000001]).data);
    expect([middleY.data[1], middleY.data[4], middleY.data[7]]).toEqual([2, 5, 8]);
  });

  it('wants an output of the same shape', () => {
    const output = createImage({ height: 2, width: 3, channels: 1 });
    expect(() => shearX(rows, 1, {}, output)).toThrow('shear_x: expected an output of the shape of the image');
    expect(() => shearY(rows, 1, {}, output)).toThrow('shear_y: expected an output of the shape of the image');
  });

  it('draws amounts from its range', () => {
    const draw = (op: string) =>
      createTransform({ op, amount: 0.3 }).sample(new Generator({ seed: 1, purpose: 'augmentation' }), rows);
    const amount = new Generator({ seed: 1, purpose: 'augmentation' }).uniform(-0.3, 0.3);
    expect(draw('shear_x')).toEqual({ amount });
    expect(draw('shear_y')).toEqual({ amount });
  });

  it('is itself as a transform', () => {
    for (const [op, shear] of [
      ['shear_x', shearX],
      ['shear_y', shearY],
    ] as const) {
      const output = createImage(rows);
      createTransform({ op, amount: 0.3, about: 'middle', fill: 4 }).apply(rows, { amount: 0.7 }, output);
      expect(output.data).toEqual(shear(rows, 0.7, { about: 'middle', fill: 4 }).data);
    }
  });
});
