const orientationTag = 0x0112;
const shortType = 3;

/**
 * How a picture is to be turned, of its EXIF (a TIFF header and a first directory; TIFF 6.0, section 2).
 *
 * @param tiff what follows "Exif" and two zeros
 * @returns 1..8, 1 where it does not say; undefined where it cannot be read
 */
export function exifOrientation(tiff: Uint8Array): number | undefined {
  if (tiff.length < 8) return undefined;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const order = view.getUint16(0);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || view.getUint16(2, little) !== 42) return undefined;
  const directory = view.getUint32(4, little);
  if (directory < 8 || directory + 2 > tiff.length) return undefined;
  const count = view.getUint16(directory, little);
  if (directory + 2 + 12 * count > tiff.length) return undefined;
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    if (view.getUint16(entry, little) !== orientationTag) continue;
    if (view.getUint16(entry + 2, little) !== shortType || view.getUint32(entry + 4, little) !== 1) return undefined;
    const orientation = view.getUint16(entry + 8, little);
    return orientation >= 1 && orientation <= 8 ? orientation : undefined;
  }
  return 1;
}
