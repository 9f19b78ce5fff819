import type { Image } from '../image.ts';

/** A picture with its colours multiplied by its opacity, as Pillow's `convert('RGBa')`; itself where it has none. */
export function premultiplied(image: Image): Image {
  if (image.channels !== 4) return image;
  const data = Uint8Array.from(image.data);
  for (let i = 0; i < data.length; i += 4) {
    const opacity = data[i + 3]!;
    for (let at = i; at < i + 3; at++) {
      // The product over 255, rounded.
      const product = data[at]! * opacity + 128;
      data[at] = ((product >> 8) + product) >> 8;
    }
  }
  return { ...image, data };
}

/** The way back, in place, as Pillow's `convert('RGBA')`. */
export function unmultiply({ data, channels }: Image): void {
  if (channels !== 4) return;
  for (let i = 0; i < data.length; i += 4) {
    const opacity = data[i + 3]!;
    if (opacity === 0 || opacity === 255) continue;
    for (let at = i; at < i + 3; at++) data[at] = Math.min(255, Math.floor((255 * data[at]!) / opacity));
  }
}
