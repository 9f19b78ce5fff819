import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TransformError } from '../errors.ts';
import { createImage, type Image } from '../image.ts';
import { createTransform } from './create.ts';
import { defineTransform } from './define.ts';
import { builtinTransforms } from './registry.ts';

const image: Image = { data: Uint8Array.of(1, 2, 3, 4), height: 2, width: 2, channels: 1 };
const generator = () => new Generator({ seed: 3, purpose: 'augmentation', position: 8 });

/** The error that making a transform of `spec` throws. */
function refusal(spec: unknown): TransformError {
  try {
    createTransform(spec);
  } catch (error) {
    if (error instanceof TransformError) return error;
  }
  throw new Error('expected a TransformError');
}

describe('createTransform', () => {
  it('makes the same transform again of its specification', () => {
    const transform = createTransform([
      { op: 'rotate', degrees: 30, fill: [7] },
      { op: 'one_of', transforms: [{ op: 'shear_y', amount: 1 }, [{ op: 'translate_x', pixels: 1 }]] },
    ]);
    const again = createTransform(JSON.parse(JSON.stringify(transform.spec)));
    expect(again.spec).toEqual(transform.spec);
    const sampled = transform.sample(generator(), image);
    expect(again.sample(generator(), image)).toEqual(sampled);
    const outputs = [createImage(image), createImage(image)] as const;
    transform.apply(image, sampled, outputs[0]);
    again.apply(image, again.parseSampled(JSON.parse(JSON.stringify(sampled))), outputs[1]);
    expect(outputs[1].data).toEqual(outputs[0].data);
    expect(outputs[0].data).not.toEqual(image.data);
  });

  it('names the ops that there are', () => {
    const error = refusal([{ op: 'rotate', degrees: 1 }, { op: 'swirl' }]);
    expect(error.code).toBe('TRANSFORM_UNKNOWN');
    const names = builtinTransforms.map(({ name }) => name);
    expect(names).toContain('rotate');
    expect(error.message).toBe(`transform: expected op to be one of ${names.join(', ')}, got "swirl"`);
  });

  it('says which parameter is wrong', () => {
    const error = refusal({ op: 'rotate', degrees: 'much' });
    expect(error.code).toBe('TRANSFORM_PARAMETERS');
    expect(error.message).toContain('rotate: {"degrees":"much"}');
    expect(error.message).toContain('at degrees');
    expect(refusal({ op: 'rotate', degrees: 3, angle: 4 }).message).toContain('"angle"');
    expect(refusal({ op: 'rotate', degrees: 3, fill: 256 }).message).toContain('at fill');
    expect(refusal({ op: 'one_of', transforms: [] }).message).toContain('at transforms');
    expect(refusal('rotate').message).toContain('transform: "rotate"');
    expect(refusal(undefined).code).toBe('TRANSFORM_PARAMETERS');
  });

  it('checks sampled values that come from outside', () => {
    const rotate = createTransform({ op: 'rotate', degrees: 15 });
    expect(rotate.parseSampled({ degrees: 3 })).toEqual({ degrees: 3 });
    expect(() => rotate.parseSampled({ degrees: '3' })).toThrow('rotate, sampled values: {"degrees":"3"}');
    expect(() => createTransform([]).parseSampled([1])).toThrow('compose, sampled values: [1]');
    const choice = createTransform({ op: 'one_of', transforms: [[]] });
    expect(() => choice.parseSampled({ chosen: 1, sampled: [] })).toThrow('at chosen');
  });

  it('takes definitions of others', () => {
    const subtract = defineTransform({
      name: 'subtract',
      parameters: z.strictObject({ top: z.int().default(255) }),
      sampled: z.null(),
      sample: () => null,
      apply: (input, _sampled, output, { top }) => {
        output.data.set(input.data.map((value) => top - value));
      },
    });
    const transform = createTransform([{ op: 'subtract' }], [...builtinTransforms, subtract]);
    const output = createImage(image);
    transform.apply(image, transform.sample(generator(), image), output);
    expect([...output.data]).toEqual([254, 253, 252, 251]);
    expect(transform.spec).toEqual({ op: 'compose', transforms: [{ op: 'subtract', top: 255 }] });
  });
});
