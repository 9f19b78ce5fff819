/** What runs in a thread of a `BatchLoader`: parts of batches, as they are asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import { SampleLoader, type SampleLoaderOptions } from './sample-loader.ts';

/** A part of a batch, to be written to shared memory. */
export interface BatchPart {
  readonly samples: Uint32Array;
  readonly epoch: number;
  readonly images: Float32Array<SharedArrayBuffer>;
}

const port = parentPort!;
const loader = new SampleLoader(workerData as SampleLoaderOptions);

port.on('message', ({ samples, epoch, images }: BatchPart) => {
  samples.forEach((sample, i) => {
    loader.load(sample, epoch, images, i * loader.sampleSize);
  });
  port.postMessage(null);
});
