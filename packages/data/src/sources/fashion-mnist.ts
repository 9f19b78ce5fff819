import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../errors.ts';
import { cacheFolder } from './cache-folder.ts';
import { loadIdxFolder } from './idx-folder.ts';
import type { DatasetSource } from './source.ts';

const classes = 'T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot'.split(',');

/** Where its files may lie: that of Debian's package, and the user's own. */
const folders = (): string[] => ['/usr/share/datasets/fashion-mnist', join(cacheFolder(), 'fashion-mnist')];

/** Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017): 60,000 and 10,000 pieces of clothing, 28×28 grey, in MNIST's format. */
export const fashionMnist: DatasetSource = {
  name: 'fashion-mnist',
  description: 'clothes, 28×28 grey, 60,000 to train on and 10,000 to test with; from a package of Debian',
  locate,
  fetch: () => find(),
  load: async (options) => loadIdxFolder(await find(), { ...options, name: 'fashion-mnist', classes }),
};

async function locate(): Promise<string | undefined> {
  for (const folder of folders()) {
    if (await access(folder).then(() => true, () => false)) return folder; // biome-ignore format: one line
  }
  return undefined;
}

async function find(): Promise<string> {
  const folder = await locate();
  if (folder !== undefined) return folder;
  throw new DataError(
    'DATA_NOT_FOUND',
    `data set fashion-mnist: expected its four IDX files in ${folders().join(' or ')}, there is no such folder; install ` +
      "Debian's package dataset-fashion-mnist, put the files of https://github.com/zalandoresearch/fashion-mnist into " +
      'the latter, or give the path of the folder that has them',
  );
}
