import { type ImageDataset, type Mixture, mix, type SampleLoader } from '@lockstep/data';
import type { Replica } from './replica.ts';

/**
 * Writes the samples of this worker's shards where the network reads them, and what they are compared with: the class of each,
 * and its row of shares where the loss takes those.
 *
 * A sample that is mixed with another of the batch counts as of the class that has the larger part. The other's picture is made
 * once more here, since its own shard may be another worker's.
 *
 * @param sampleAt which sample of the data set is at a position of the batch
 * @param mixtureAt how it is mixed
 */
export function loadShards(
  { kernels, executor, setup, plan, partner }: Replica,
  loader: SampleLoader,
  dataset: ImageDataset,
  epoch: number,
  sampleAt: (position: number) => number,
  mixtureAt: (position: number) => Mixture | undefined = () => undefined,
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
      const mixture = mixtureAt(begin + i);
      const other = mixture && sampleAt(mixture.partner);
      const at = pixels + i * loader.sampleSize;
      loader.load(index, epoch, kernels.f32, at);
      if (mixture) {
        loader.load(other!, epoch, partner, 0);
        mix(mixture, loader.shape, kernels.f32, at, partner);
      }
      const share = mixture?.share ?? 1;
      kernels.i32[labels + i] = dataset.labels[share < 0.5 ? other! : index]!;
      if (target.kind === 'values') {
        const row = rows + i * classes;
        kernels.f32.fill(0, row, row + classes);
        addShares(dataset, index, share, kernels.f32, row);
        if (mixture) addShares(dataset, other!, 1 - share, kernels.f32, row);
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
