import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { augmentPolicies, augmentPolicy } from './policies.ts';
import { createTransform } from './transforms/create.ts';

describe('augmentPolicy', () => {
  it('gives policies that can be made', () => {
    const shape = { height: 33, width: 28, channels: 3 };
    for (const name of Object.keys(augmentPolicies)) {
      const transform = createTransform(augmentPolicy(name));
      const sampled = transform.sample(new Generator({ seed: 1, purpose: 'augmentation' }), shape);
      expect(transform.parseSampled(sampled)).toEqual(sampled);
    }
    expect(augmentPolicy('none')).toEqual([]);
  });

  it('puts policies one after the other', () => {
    expect(augmentPolicy('cifar+trivial-augment-wide')).toEqual([
      ...augmentPolicies.cifar!,
      { op: 'trivial_augment_wide' },
    ]);
  });

  it('gives the recipes their sizes', () => {
    const shape = { height: 300, width: 400, channels: 3 };
    const square = (name: string) => createTransform(augmentPolicy(name)).outputShape(shape);
    expect(square('cifar')).toEqual({ height: 32, width: 32, channels: 3 });
    expect(square('imagenet')).toEqual({ height: 224, width: 224, channels: 3 });
    expect(square('alexnet')).toEqual({ height: 224, width: 224, channels: 3 });
    expect(square('pixmix')).toEqual(shape);
  });

  it('names the policies that there are', () => {
    expect(() => augmentPolicy('heavy')).toThrow('augmentation policy: expected one of none, light, cifar, imagenet,');
    expect(() => augmentPolicy('light+toString')).toThrow('or several with + between, got "toString"');
  });
});
