/** Bytes of look-up tables: 256 for each channel. */
export const tableBytes = (channels: number): number => 256 * channels;

/** Writes tables, at `begin`, that leave everything as it is. */
export function fillIdentity(data: Uint8Array, begin: number, channels: number): void {
  for (let i = 0; i < tableBytes(channels); i++) data[begin + i] = i & 255;
}
