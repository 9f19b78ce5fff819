import { describe, expect, it } from 'vitest';
import { createImage, type Image } from './image.ts';
import { createImageBeside, ImageMemory } from './image-memory.ts';
import { invert } from './transforms/invert.ts';

const noise = (side: number): Image => {
  const image = createImage({ height: side, width: side, channels: 1 });
  for (let i = 0; i < image.data.length; i++) image.data[i] = i % 251;
  return image;
};
const inverse = (image: Image) => image.data.map((value) => 255 - value);

describe('ImageMemory', () => {
  it('holds pictures until it is full, then gives ordinary ones', () => {
    const memory = new ImageMemory(10_000);
    const buffer = memory.kernels.memory.buffer;
    const pictures = Array.from({ length: 12 }, () => memory.image({ height: 90, width: 90, channels: 1 }));
    const resident = pictures.filter(({ data }) => data.buffer === buffer);
    expect(resident.length).toBeGreaterThan(0);
    expect(resident.length).toBeLessThan(12);
    expect(pictures.every(({ data }) => data.length === 8100 && data.every((value) => value === 0))).toBe(true);
    // Full: kernels run elsewhere, and the picture is the same.
    resident[0]!.data.set(noise(90).data);
    expect(invert(resident[0]!, pictures.at(-1)!).data).toEqual(inverse(noise(90)));
    expect(createImageBeside(resident[0]!, { height: 1, width: 1, channels: 1 }).data.length).toBe(1);
  });

  it('takes pictures that grow', () => {
    for (const side of [1, 40, 400, 1500, 3]) {
      const image = noise(side);
      expect(Buffer.compare(invert(image).data, inverse(image))).toBe(0);
    }
  });
});
