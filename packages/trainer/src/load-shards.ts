import type { Shard } from '@lockstep/core';
import { type ImageDataset, type Mixture, mix, type SampleLoader } from '@lockstep/data';
import type { Replica } from './replica.ts';

/** Which samples a batch has. */
export interface BatchSamples {
  readonly loader: SampleLoader;
  readonly dataset: ImageDataset;
  readonly epoch: number;
  /** Which sample of the data set is at a position of the batch. */
  readonly sampleAt: (position: number) => number;
  /** How it is mixed with another. Default: not at all. */
  readonly mixtureAt?: ((position: number) => Mixture | undefined) | undefined;
}

/**
 * Writes what the samples of this worker's shards are compared with: the class of each, and its row of shares where the loss takes
 * those. A sample that is mixed with another of the batch counts as of the class that has the larger part.
 */
export function loadTargets({ kernels, executor, plan }: Replica, samples: BatchSamples): void {
  const { dataset } = samples;
  const { output, target } = plan.losses.entries[0]!;
  const classes = target.elements;
  for (const shard of executor.shards) {
    const { begin } = executor.batchPositions(shard);
    const labels = executor.results(shard).labels / 4;
    const rows = executor.target(shard, output) / 4;
    for (let i = 0; i < shard.images; i++) {
      const { index, mixture, other, share } = sampleOf(samples, begin + i);
      kernels.i32[labels + i] = dataset.labels[share < 0.5 ? other : index]!;
      if (target.kind === 'values') {
        const row = rows + i * classes;
        kernels.f32.fill(0, row, row + classes);
        addShares(dataset, index, share, kernels.f32, row);
        if (mixture) addShares(dataset, other, 1 - share, kernels.f32, row);
      }
    }
  }
}

/**
 * Writes the pictures of some shards where the network reads them. The one that a picture is mixed with is made once more here, since
 * its own shard may be another worker's.
 */
export function loadPictures(
  { kernels, executor, setup, partner }: Replica,
  shards: readonly Shard[],
  samples: BatchSamples,
): void {
  const { loader, epoch } = samples;
  const input = setup.recipe.graph.inputs[0]!.name;
  for (const shard of shards) {
    const { begin } = executor.batchPositions(shard);
    const pixels = executor.tensor(shard, input) / 4;
    for (let i = 0; i < shard.images; i++) {
      const { index, mixture, other } = sampleOf(samples, begin + i);
      const at = pixels + i * loader.sampleSize;
      loader.load(index, epoch, kernels.f32, at);
      if (mixture) {
        loader.load(other, epoch, partner, 0);
        mix(mixture, loader.shape, kernels.f32, at, partner);
      }
    }
  }
}

/** The sample at a position, and the one that it is mixed with: itself, where there is none. */
function sampleOf({ sampleAt, mixtureAt }: BatchSamples, position: number) {
  const index = sampleAt(position);
  const mixture = mixtureAt?.(position);
  return { index, mixture, other: mixture ? sampleAt(mixture.partner) : index, share: mixture?.share ?? 1 };
}

/** Adds a part of a sample to a row: of its label, or of its own row of shares where the data set has them. */
function addShares(
  { labels, targets }: ImageDataset,
  index: number,
  part: number,
  row: Float32Array,
  at: number,
): void {
  if (!targets) {
    row[at + labels[index]!]! += part;
    return;
  }
  const classes = targets.length / labels.length;
  for (let c = 0; c < classes; c++) row[at + c]! += part * targets[index * classes + c]!;
}
