import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { augmentPolicies, augmentPolicy } from './policies.ts';
import { createTransform } from './transforms/create.ts';

describe('augmentPolicy', () => {
  it('gives policies that can be made', () => {
    const shape = { height: 28, width: 28, channels: 1 };
    for (const name of Object.keys(augmentPolicies)) {
      const transform = createTransform(augmentPolicy(name));
      const sampled = transform.sample(new Generator({ seed: 1, purpose: 'augmentation' }), shape);
      expect(transform.parseSampled(sampled)).toEqual(sampled);
    }
    expect(augmentPolicy('none')).toEqual([]);
  });

  it('names the policies that there are', () => {
    expect(() => augmentPolicy('heavy')).toThrow('augmentation policy: expected one of none, light, got "heavy"');
    expect(() => augmentPolicy('toString')).toThrow('got "toString"');
  });
});
