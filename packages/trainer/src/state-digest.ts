import { createHash } from 'node:crypto';
import { byCodePoint, type StateDict } from '@lockstep/core';

/** SHA-256 over all float32 parameters and buffers in the order of their names, little-endian: the same bits, the same digest. */
export function weightsSha256(state: StateDict): string {
  const hash = createHash('sha256');
  for (const name of [...state.keys()].sort(byCodePoint)) {
    const { data } = state.get(name)!;
    const bytes = new DataView(new ArrayBuffer(data.length * 4));
    data.forEach((value, i) => {
      bytes.setFloat32(i * 4, value, true);
    });
    hash.update(new Uint8Array(bytes.buffer));
  }
  return hash.digest('hex');
}
