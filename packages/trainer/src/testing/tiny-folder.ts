import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tinyDataset } from './tiny-run.ts';

/** What {@link makeTinyFolder} has to test with. */
export const tinyTest = tinyDataset(41, 2);

/** A temporary folder that is itself a data set, of 150 pictures and 41 to test with, and has room for runs. */
export async function makeTinyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-run-'));
  for (const [prefix, { length, images, labels }] of [
    ['train', tinyDataset(150, 1)],
    ['t10k', tinyTest],
  ] as const) {
    await writeFile(join(folder, `${prefix}-images-idx3-ubyte`), idx([length, 8, 8], images));
    await writeFile(join(folder, `${prefix}-labels-idx1-ubyte`), idx([length], Uint8Array.from(labels)));
  }
  return folder;
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
