import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { isSrgbProfile } from './icc.ts';

const profileOf = async (name: string): Promise<Uint8Array> => {
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } });
  return (await sharp(await picture.withIccProfile(name).jpeg().toBuffer()).metadata()).icc!;
};

describe('isSrgbProfile', () => {
  let srgb: Uint8Array;
  beforeAll(async () => {
    srgb = await profileOf('srgb');
  });

  it('knows that of libvips, and no other', async () => {
    expect(isSrgbProfile(srgb)).toBe(true);
    expect(isSrgbProfile(await profileOf('p3'))).toBe(false);
    expect(isSrgbProfile(await profileOf('cmyk'))).toBe(false);
  });

  it('takes no part of one', () => {
    for (let length = 0; length < srgb.length; length += 5) {
      // What lies behind all that is read may be missing.
      const part = isSrgbProfile(srgb.subarray(0, length));
      if (length < 400) expect(part).toBe(false);
    }
  });

  it('takes none with other primaries, or another curve', () => {
    const at = (tag: string) => {
      const place = Buffer.from(srgb).indexOf(tag, 128);
      return new DataView(srgb.buffer, srgb.byteOffset).getUint32(place + 4);
    };
    for (const [tag, offset] of [
      ['rXYZ', 10],
      ['gXYZ', 14],
      ['bXYZ', 18],
      ['gTRC', 13],
    ] as const) {
      const changed = Uint8Array.from(srgb);
      changed[at(tag) + offset]! ^= 0x40;
      expect(isSrgbProfile(changed), tag).toBe(false);
    }
  });
});
