import { z } from 'zod';
import { checkSameShape, copyImage, createImage, type Image } from '../image.ts';
import { defineTransform } from './define.ts';
import { drawFrom, symmetricRange } from './range.ts';

const f = Math.fround;

/** C's round, whose halves go away from 0; for what is not negative. */
const round = (value: number): number => Math.floor(value + 0.5);

/**
 * Turns the colours around the wheel, with the bytes of torchvision's `adjust_hue` of a Pillow picture: through Pillow's HSV
 * in bytes (libImaging/Convert.c), so that even a shift of 0 rounds. Grey pictures and opacity stay.
 *
 * @param shift in turns, −0.5…0.5
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function hue(image: Image, shift: number, output: Image = createImage(image)): Image {
  checkSameShape('hue', image, output);
  copyImage(image, output);
  const { data, channels } = output;
  if (channels === 1) return output;
  const turn = Math.trunc(shift * 255) & 255;
  for (let i = 0; i < data.length; i += channels) {
    const r = data[i]!;
    const g = data[i + 1]!;
    const b = data[i + 2]!;
    const highest = Math.max(r, g, b);
    const span = highest - Math.min(r, g, b);
    // Without colour there is none to turn.
    if (span === 0) continue;
    const saturation = Math.trunc(f(span / highest) * 255);
    writeColour(data, i, (hueByte(r, g, b, highest, span) + turn) & 255, saturation, highest);
  }
  return output;
}

/** rgb2hsv_row: float32 where C has a float, double precision where it has a double. */
function hueByte(r: number, g: number, b: number, highest: number, span: number): number {
  const fromRed = f((highest - r) / span);
  const fromGreen = f((highest - g) / span);
  const fromBlue = f((highest - b) / span);
  let sixths: number;
  if (r === highest) sixths = f(fromBlue - fromGreen);
  else if (g === highest) sixths = f(2 + fromRed - fromBlue);
  else sixths = f(4 + fromGreen - fromRed);
  // fmod(sixths/6 + 1, 1), of a number in 5/6…2.
  const turns = sixths / 6 + 1;
  return Math.trunc(f(turns - Math.floor(turns)) * 255);
}

/** hsv2rgb */
function writeColour(data: Uint8Array, at: number, angle: number, saturation: number, value: number): void {
  const position = (angle * 6) / 255;
  const sector = Math.floor(position);
  const rest = f(position - sector);
  const s = f(saturation / 255);
  const low = round(value * (1 - s));
  const falling = round(value * (1 - f(s * rest)));
  const rising = round(value * (1 - s * (1 - rest)));
  // Sector 6 is sector 0 again. Without saturation all are the value.
  data[at] = sector === 0 || sector >= 5 ? value : sector === 1 ? falling : sector === 4 ? rising : low;
  data[at + 1] =
    sector === 1 || sector === 2 ? value : sector === 0 || sector === 6 ? rising : sector === 3 ? falling : low;
  data[at + 2] = sector === 3 || sector === 4 ? value : sector === 2 ? rising : sector === 5 ? falling : low;
}

/** `{ op: 'hue', shift: 0.1 }`: colours turned by up to a tenth of the wheel either way; `shift: [min, max]` likewise. */
export const hueTransform = defineTransform({
  name: 'hue',
  parameters: z.strictObject({
    shift: symmetricRange().refine(([min, max]) => min >= -0.5 && max <= 0.5, {
      error: 'expected at most half a turn',
    }),
  }),
  sampled: z.strictObject({ shift: z.number().min(-0.5).max(0.5) }),
  sample: ({ shift }, generator) => ({ shift: drawFrom(shift, generator) }),
  apply: (image, { shift }, output) => {
    hue(image, shift, output);
  },
});
