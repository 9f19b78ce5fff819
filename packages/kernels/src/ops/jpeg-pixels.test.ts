import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { randomBytes } from '../testing/pictures.ts';
import { jpegPixels, jpegPixelsScratchBytes } from './jpeg-pixels.ts';

const parts = fc.constantFrom(1, 2);

it('interpolates chroma and makes colours of it, of the whole picture or of a part', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 70 }),
      parts,
      parts,
      fc.boolean(),
      fc.nat(1000),
      fc.tuple(fc.nat(1000), fc.nat(1000)),
      (height, width, horizontal, vertical, fancy, seed, [a, b]) => {
        const [rows, columns] = [Math.ceil(height / vertical), Math.ceil(width / horizontal)];
        const strides = { luma: width + (seed % 5), chroma: columns + (seed % 3) };
        const [luma, cb, cr] = [strides.luma * height, strides.chroma * rows, strides.chroma * rows].map((count, i) =>
          randomBytes(count, seed + i),
        ) as [number[], number[], number[]];
        const window = { top: a % height, left: b % width, rows: 0, columns: 0 };
        window.rows = 1 + (b % (height - window.top));
        window.columns = 1 + (a % (width - window.left));
        const chroma = { height, width, horizontal, vertical, fancy };
        const expected = Uint8Array.from(reference.jpegPixels({ luma, cb, cr }, strides, chroma, window));
        onEveryBuild((arena) => {
          const planes = {
            ...{ ...chroma, lumaStride: strides.luma, chromaStride: strides.chroma },
            ...{ luma: arena.putBytes(luma), cb: arena.putBytes(cb), cr: arena.putBytes(cr) },
          };
          const [y, scratch] = [arena.outputBytes(expected.length), arena.scratch(jpegPixelsScratchBytes(width))];
          arena.run(() => jpegPixels(arena.k, planes, window, y, scratch));
          expect(arena.bytes(y, expected.length)).toEqual(expected);
        });
      },
    ),
    { seed: 5, numRuns: 100 },
  );
});

it('has the colours of all chromas', () => {
  // Every pair of Cb and Cr, at a luma at which little is clamped.
  const cb = Array.from({ length: 65536 }, (_, i) => i & 255);
  const cr = Array.from({ length: 65536 }, (_, i) => i >> 8);
  const bytes = new Array<number>(65536).fill(128);
  const chroma = { height: 256, width: 256, horizontal: 1, vertical: 1, fancy: true };
  const window = { top: 0, left: 0, rows: 256, columns: 256 };
  const expected = Uint8Array.from(
    reference.jpegPixels({ luma: bytes, cb, cr }, { luma: 256, chroma: 256 }, chroma, window),
  );
  onEveryBuild((arena) => {
    const planes = { luma: arena.putBytes(bytes), cb: arena.putBytes(cb), cr: arena.putBytes(cr) };
    const [y, scratch] = [arena.outputBytes(3 * 65536), arena.scratch(jpegPixelsScratchBytes(256))];
    arena.run(() =>
      jpegPixels(arena.k, { ...chroma, ...planes, lumaStride: 256, chromaStride: 256 }, window, y, scratch),
    );
    expect(Buffer.compare(arena.bytes(y, 3 * 65536), expected)).toBe(0);
  });
});
