/** Red, green and blue of sRGB as a profile has them, in XYZ under D50 (IEC 61966-2-1, adapted by Bradford's matrix). */
const primaries = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
};

/** Profiles are rounded in several ways: differences of less make none in bytes that would be seen. */
const tolerance = 0.002;

/** sRGB's curve. */
const linear = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

/**
 * Whether a colour profile (ICC.1:2010) says what is so without one: red, green and blue of sRGB, with its curve.
 *
 * @param profile all of it
 */
export function isSrgbProfile(profile: Uint8Array): boolean {
  try {
    return isSrgb(new DataView(profile.buffer, profile.byteOffset, profile.byteLength));
  } catch (error) {
    if (error instanceof RangeError) return false; // it ends before something that it announces
    throw error;
  }
}

function isSrgb(view: DataView): boolean {
  const text = (at: number): string => String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
  if (text(16) !== 'RGB ' || text(20) !== 'XYZ ') return false;
  const tags = new Map<string, number>();
  for (let i = 0, count = Math.min(100, view.getUint32(128)); i < count; i++) {
    tags.set(text(132 + 12 * i), view.getUint32(136 + 12 * i));
  }
  // A table would count in the place of the primaries.
  if (tags.has('A2B0')) return false;
  for (const [tag, expected] of Object.entries(primaries)) {
    const at = tags.get(tag);
    if (at === undefined || text(at) !== 'XYZ ') return false;
    const isNear = (value: number, i: number) => Math.abs(view.getInt32(at + 8 + 4 * i) / 65536 - value) < tolerance;
    if (!expected.every(isNear)) return false;
  }
  return ['rTRC', 'gTRC', 'bTRC'].every((tag) => {
    const curve = tags.has(tag) ? curveOf(view, text, tags.get(tag)!) : undefined;
    if (curve === undefined) return false;
    return Array.from({ length: 65 }, (_, i) => i / 64).every((x) => Math.abs(curve(x) - linear(x)) < tolerance);
  });
}

/** A curve of at least 256 points, or of the formula that sRGB has; undefined for another. */
function curveOf(view: DataView, text: (at: number) => string, at: number): ((x: number) => number) | undefined {
  if (text(at) === 'curv') {
    const last = view.getUint32(at + 8) - 1;
    if (last < 255) return undefined;
    const point = (i: number): number => view.getUint16(at + 12 + 2 * i) / 65535;
    return (x) => {
      const below = Math.min(last - 1, Math.floor(x * last));
      return point(below) + (x * last - below) * (point(below + 1) - point(below));
    };
  }
  if (text(at) !== 'para' || view.getUint16(at + 8) !== 3) return undefined;
  const [g, a, b, c, d] = [0, 1, 2, 3, 4].map((i) => view.getInt32(at + 12 + 4 * i) / 65536) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return (x) => (x >= d ? (a * x + b) ** g : c * x);
}
