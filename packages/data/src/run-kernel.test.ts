import { expect, it } from 'vitest';
import { createImage } from './image.ts';
import { runKernel } from './run-kernel.ts';
import { invert } from './transforms/invert.ts';

it('takes pictures that grow, from any memory', () => {
  for (const side of [1, 40, 400, 1500, 3]) {
    const length = side * side;
    const data = new Uint8Array(new SharedArrayBuffer(length + 7), 7);
    for (let i = 0; i < length; i++) data[i] = i % 251;
    const inverse = data.map((value) => 255 - value);
    expect(Buffer.compare(invert({ data, height: side, width: side, channels: 1 }).data, inverse)).toBe(0);
  }
});

it('keeps what an output holds where it is told', () => {
  const image = { ...createImage({ height: 1, width: 3, channels: 1 }), data: Uint8Array.of(1, 2, 3) };
  const output = { ...image, data: Uint8Array.of(7, 8, 9) };
  runKernel(
    image,
    output,
    64,
    (k, x, y, scratch) => {
      expect(scratch % 64).toBe(0);
      k.u8[y + 1] = k.u8[x + 2]!;
    },
    'keep',
  );
  expect([...output.data]).toEqual([7, 3, 9]);
});
