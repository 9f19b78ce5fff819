import { balancedOrder, epochOrder, type ImageDataset } from '@lockstep/data';
import { type Recipe, stepSamples, stepsPerEpoch } from './setup.ts';

const orders = new Map<string, Uint32Array>();

/** An epoch's order, kept for the epoch: it is a function of seed and epoch alone, so each thread makes its own. */
export function orderOfEpoch({ seed, sampler }: Recipe, { labels, length }: ImageDataset, epoch: number): Uint32Array {
  const key = `${seed} ${epoch} ${length} ${sampler}`;
  let order = orders.get(key);
  if (!order) {
    order = sampler === 'balanced' ? balancedOrder({ labels, seed, epoch }) : epochOrder({ length, seed, epoch });
    orders.clear();
    orders.set(key, order);
  }
  return order;
}

/** Which sample is at a position of the whole training. */
export const trainingOrder =
  (recipe: Recipe, train: ImageDataset) =>
  (position: number): number =>
    orderOfEpoch(recipe, train, Math.floor(position / train.length))[position % train.length]!;

/** Which positions of the whole training a step takes. */
export function stepPositions({ batch }: Recipe, { length }: ImageDataset, step: number) {
  const epochSteps = stepsPerEpoch(length, batch);
  const begin = Math.floor(step / epochSteps) * length + (step % epochSteps) * batch;
  return { begin, end: begin + stepSamples(length, batch, step) };
}
