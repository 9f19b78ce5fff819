import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Height and width of the pictures. */
export const tinySize = 8;

/** A temporary folder that is itself a data set, of so many pictures and 41 to test with, and has room for runs. */
export async function makeTinyData(trainSamples = 150): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lockstep-cli-'));
  for (const [prefix, samples] of [
    ['train', trainSamples],
    ['t10k', 41],
  ] as const) {
    const labels = Uint8Array.from({ length: samples }, (_, i) => i % 3);
    const pictures = Buffer.concat(Array.from(labels, (label, i) => tinyPicture(label, i)));
    await writeFile(join(path, `${prefix}-images-idx3-ubyte`), idx([samples, tinySize, tinySize], pictures));
    await writeFile(join(path, `${prefix}-labels-idx1-ubyte`), idx([samples], labels));
  }
  return path;
}

/** A made-up picture of one of three classes: a bright bar at the top, in the middle or at the bottom, and some noise. */
export function tinyPicture(label: number, seed: number): Uint8Array {
  let state = seed * 2654435761 + label + 1;
  return Uint8Array.from({ length: tinySize ** 2 }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const row = Math.floor(i / tinySize);
    return (state >>> 26) + (row >= 1 + 2 * label && row < 3 + 2 * label ? 180 : 0);
  });
}

/** An IDX file: magic number with the number of dimensions, their sizes, the bytes. */
function idx(sizes: readonly number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
  header.setUint32(0, 0x0800 + sizes.length);
  sizes.forEach((size, i) => {
    header.setUint32(4 + 4 * i, size);
  });
  return Buffer.concat([new Uint8Array(header.buffer), data]);
}
