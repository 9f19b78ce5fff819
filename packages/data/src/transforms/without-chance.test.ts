import { describe, expect, it } from 'vitest';
import { augmentPolicies, augmentPolicy } from '../policies.ts';
import { compose } from './compose.ts';
import { createTransform } from './create.ts';
import { oneOf } from './one-of.ts';
import { sometimes } from './sometimes.ts';
import { withoutChance } from './without-chance.ts';

describe('withoutChance', () => {
  it('keeps the shape, and nothing that chance decides', () => {
    const shape = { height: 50, width: 40, channels: 3 };
    const specs = [
      ...Object.values(augmentPolicies),
      [{ op: 'random_crop', size: [20, 30], padding: 3, fill: 7 }],
      [compose({ op: 'invert' }, oneOf({ op: 'random_crop', size: 9 }, { op: 'random_resized_crop', size: [9, 9] }))],
      [sometimes(0.5, { op: 'invert' }), { op: 'grayscale', channels: '1' }],
    ];
    for (const spec of specs) {
      // With defaults filled in it comes to the same.
      for (const one of [spec, createTransform(spec).spec]) {
        const kept = withoutChance(one);
        expect(createTransform(kept).outputShape(shape)).toEqual(createTransform(spec).outputShape(shape));
        expect(createTransform(withoutChance(kept)).spec).toEqual(createTransform(kept).spec);
      }
    }
  });

  it('is nothing where the shape stays', () => {
    expect(withoutChance(augmentPolicy('light+pixmix'))).toEqual([]);
  });

  it('takes the middle', () => {
    expect(withoutChance({ op: 'random_crop', size: 32, padding: 4, fill: 9 })).toEqual([
      { op: 'center_crop', size: 32, fill: 9 },
    ]);
    expect(withoutChance({ op: 'random_resized_crop', size: 224 })).toEqual([
      { op: 'resize', size: 256, resample: 'bilinear' },
      { op: 'center_crop', size: 224 },
    ]);
  });
});
