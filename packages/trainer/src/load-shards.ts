import type { ImageDataset, SampleLoader } from '@lockstep/data';
import type { Replica } from './replica.ts';

/**
 * Writes the samples of this worker's shards where the network reads them, and what they are compared with: the class of each,
 * and its row of shares where the loss takes those.
 *
 * @param sampleAt which sample of the data set is at a position of the batch
 */
export function loadShards(
  { kernels, executor, setup, plan }: Replica,
  loader: SampleLoader,
  dataset: ImageDataset,
  epoch: number,
  sampleAt: (position: number) => number,
): void {
  const input = setup.recipe.graph.inputs[0]!.name;
  const { output, target } = plan.losses.entries[0]!;
  const classes = target.elements;
  for (const shard of executor.shards) {
    const { begin } = executor.batchPositions(shard);
    const pixels = executor.tensor(shard, input) / 4;
    const labels = executor.results(shard).labels / 4;
    const rows = executor.target(shard, output) / 4;
    for (let i = 0; i < shard.images; i++) {
      const index = sampleAt(begin + i);
      loader.load(index, epoch, kernels.f32, pixels + i * loader.sampleSize);
      kernels.i32[labels + i] = dataset.labels[index]!;
      if (target.kind === 'values') {
        kernels.f32.fill(0, rows + i * classes, rows + (i + 1) * classes);
        addShares(dataset, index, 1, kernels.f32, rows + i * classes);
      }
    }
  }
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
