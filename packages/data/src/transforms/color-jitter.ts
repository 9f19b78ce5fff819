import { z } from 'zod';
import { type JsonObject, parseWith, type TransformDefinition } from './define.ts';
import { symmetricRange } from './range.ts';

/** torchvision's range of factors: a number m stands for [max(0, 1 − m), 1 + m]. */
const factor = z.union([
  z
    .number()
    .nonnegative()
    .transform((m): [number, number] => [Math.max(0, 1 - m), 1 + m]),
  z.tuple([z.number().nonnegative(), z.number().nonnegative()]),
]);

const parameterSchema = z.strictObject({
  brightness: factor.nullable().default(null),
  contrast: factor.nullable().default(null),
  saturation: factor.nullable().default(null),
  hue: symmetricRange().nullable().default(null),
});

/**
 * `{ op: 'color_jitter', brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }`: brightness, contrast, colour by a factor
 * in 0.6…1.4 and the hue by a tenth of the wheel, in an order that chance decides; as torchvision's `ColorJitter`. What is not
 * given stays as it is.
 */
export const colorJitterTransform: TransformDefinition = {
  name: 'color_jitter',
  create(raw, build) {
    const given = parseWith(parameterSchema, raw, 'color_jitter');
    const { brightness, contrast, saturation, hue } = given;
    const transforms: JsonObject[] = [];
    if (brightness) transforms.push({ op: 'brightness', factor: brightness });
    if (contrast) transforms.push({ op: 'contrast', factor: contrast });
    if (saturation) transforms.push({ op: 'color', factor: saturation });
    if (hue) transforms.push({ op: 'hue', shift: hue });
    const jitter = build(
      transforms.length === 0 ? { op: 'compose', transforms } : { op: 'some_of', count: transforms.length, transforms },
    );
    return { ...jitter, spec: { ...given, op: 'color_jitter' } };
  },
};
