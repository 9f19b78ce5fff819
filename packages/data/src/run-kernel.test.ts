import { describe, expect, it } from 'vitest';
import type { Image } from './image.ts';
import { runKernel, withKernelMemory } from './run-kernel.ts';
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

describe('withKernelMemory', () => {
  const grey = (data: Uint8Array): Image => ({ data, height: 1, width: data.length, channels: 1 });

  it('has kernels take pictures where they are, and write them where they belong', () => {
    withKernelMemory([100, 100], ([a, b]) => {
      a!.fill(1);
      b!.fill(2);
      const seen: number[] = [];
      runKernel(grey(a!), grey(b!), 64, (k, x, y, scratch) => {
        expect([k.u8[x], k.u8[y], scratch % 64]).toEqual([1, 2, 0]);
        // What a kernel needs besides is no part of what has been lent.
        expect(scratch).toBeGreaterThanOrEqual(Math.max(x, y) + 100);
        k.u8.fill(9, scratch, scratch + 64);
        k.u8.fill(3, y, y + 100);
        seen.push(x, y);
      });
      expect([a!.byteOffset, b!.byteOffset]).toEqual(seen);
      expect([new Set(a), new Set(b)]).toEqual([new Set([1]), new Set([3])]);
    });
  });

  it('leaves an input as it is where the result may have its place', () => {
    withKernelMemory([3], ([region]) => {
      region!.set([1, 2, 3]);
      const output = grey(new Uint8Array(3));
      runKernel(grey(region!), output, 0, (k, x, y) => k.u8.copyWithin(y, x + 1, x + 3), 'anywhere');
      expect([...region!]).toEqual([1, 2, 3]);
      expect([...output.data.subarray(0, 2)]).toEqual([2, 3]);
    });
  });

  it('goes on where the memory becomes too small in between', () => {
    const large = 3_000_000;
    withKernelMemory([4], ([outer]) => {
      outer!.set([1, 2, 3, 4]);
      const [first, last] = withKernelMemory([large * 10], ([inner]) => {
        expect(inner!.buffer).not.toBe(outer!.buffer);
        inner![0] = 7;
        const inverse = invert(grey(outer!), grey(inner!.subarray(0, 4)));
        return [[...inverse.data], [...invert(grey(outer!)).data]];
      });
      expect([first, last]).toEqual([[254, 253, 252, 251], [254, 253, 252, 251]]); // biome-ignore format: one line
    });
  });

  it('takes back what it lent, whatever happens', () => {
    const place = () => withKernelMemory([64], ([region]) => region!.byteOffset);
    const before = place();
    const failing = () =>
      withKernelMemory([64], () => {
        expect(place()).toBeGreaterThan(before);
        throw new Error('in between');
      });
    expect(failing).toThrow('in between');
    expect(place()).toBe(before);
  });
});
