import { describe, expect, it } from 'vitest';
import { exifOrientation } from './exif.ts';

/** A TIFF header and a directory with another entry and the orientation. */
function tiff(little: boolean, { orientation = 6, type = 3, count = 1, entries = 2, at = 8 } = {}): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 + 2 + 24 + 4));
  view.setUint16(0, little ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, little);
  view.setUint32(4, at, little);
  view.setUint16(8, entries, little);
  view.setUint16(10, 0x010f, little);
  view.setUint16(22, 0x0112, little);
  view.setUint16(24, type, little);
  view.setUint32(26, count, little);
  view.setUint16(30, orientation, little);
  return new Uint8Array(view.buffer);
}

describe('exifOrientation', () => {
  it.each([true, false])('finds it, little-endian: %s', (little) => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      expect(exifOrientation(tiff(little, { orientation }))).toBe(orientation);
    }
    expect(exifOrientation(tiff(little, { entries: 1 }))).toBe(1);
  });

  it.each([
    ['of no such turn', tiff(true, { orientation: 9 })],
    ['of no turn', tiff(true, { orientation: 0 })],
    ['of another type', tiff(true, { type: 4 })],
    ['of two numbers', tiff(true, { count: 2 })],
    ['with more entries than there are', tiff(true, { entries: 3 + 1 })],
    ['with its directory outside', tiff(true, { at: 37 })],
    ['with its directory in the header', tiff(true, { at: 0 })],
    ['of neither order', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
    ['of nothing', new Uint8Array()],
  ])('leaves to others one %s', (_, bytes) => {
    expect(exifOrientation(bytes)).toBeUndefined();
  });
});
