/**
 * k-means over the threads of this process: no neural network, but the same pool, barrier and collective as a training, and
 * so the same bits for any number of workers.
 *
 *     node examples/trainer-k-means.ts [WORKERS]
 */
import { createHash } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import { combineInTree, Generator, type Range, shardSamples } from '@lockstep/core';
import {
  ControlBlock,
  type ControlData,
  ReplicaPool,
  reductionScratchBytes,
  runReplicaTask,
  SharedCollective,
  workerSlices,
} from '@lockstep/trainer';

const [points, axes, clusters, rounds] = [4000, 2, 4, 12];
/** What is summed over all points is summed a shard, then in a fixed tree: their number decides the bits, that of workers does not. */
const shards = 16;

// What a worker contributes to a round is one vector: for each cluster the sum of its points and their number, and last the
// squared distances of all points.
const row = axes + 1;
const sumFloats = clusters * row + 1;
/** Byte offsets, the same in every worker's memory. */
const at = { centroids: 0, sum: 256, partials: 512, stride: 256, scratch: 512 + 256 * shards };

interface Setup {
  readonly control: ControlData;
  readonly memories: readonly SharedArrayBuffer[];
}

/** Finds the clusters. @returns the centroids, one after the other, and the mean squared distance of a point to its own */
export async function kMeans(workers: number): Promise<{ centroids: Float32Array; distance: number }> {
  const control = ControlBlock.create(workers);
  const bytes = at.scratch + reductionScratchBytes(shards, workers);
  const memories = Array.from({ length: workers }, () => new SharedArrayBuffer(bytes));
  const setup: Setup = { control: control.data, memories };
  const pool = new ReplicaPool({ control, filename: new URL(import.meta.url), workerData: setup });
  try {
    const [distance] = await pool.run<number>('fit', (rank) => ({ rank }));
    return { centroids: new Float32Array(memories[0]!, at.centroids, clusters * axes).slice(), distance: distance! };
  } finally {
    await pool.destroy();
  }
}

/** What each worker runs, in a thread of its own. */
export function fit({ rank }: { rank: number }) {
  const { control: data, memories } = workerData as Setup;
  const control = new ControlBlock(data);
  return runReplicaTask(control, rank, () => {
    const collective = new SharedCollective({ control, memories, rank, shards });
    const { ownShards, ownSubtrees } = collective;
    const floats = new Float32Array(memories[rank]!);
    const centroids = floats.subarray(at.centroids / 4, at.centroids / 4 + clusters * axes);
    const sum = floats.subarray(at.sum / 4, at.sum / 4 + sumFloats);
    const own = new Map(rangeOf(ownShards).map((shard) => [shard, pointsOf(shard)]));

    // Only the first worker chooses where to begin; it changes its centroids only after the next meeting.
    if (rank === 0) centroids.set(pointsOf(0).subarray(0, clusters * axes));
    collective.broadcast(at.centroids, clusters * axes * 4);

    for (let round = 0; round < rounds; round++) {
      ownSubtrees.forEach((subtree, index) => {
        const ofShards = rangeOf(subtree).map((shard) => assign(own.get(shard)!, centroids));
        floats.set(combineInTree(ofShards, add)!, (at.partials + index * at.stride) / 4);
      });
      collective.allReduce({ ...at, destination: at.sum, slices: workerSlices(sumFloats, collective.size, 1) });
      for (let cluster = 0; cluster < clusters; cluster++) {
        const count = sum[cluster * row + axes]!;
        for (let axis = 0; axis < axes && count > 0; axis++) {
          centroids[cluster * axes + axis] = sum[cluster * row + axis]! / count;
        }
      }
    }
    return sum[sumFloats - 1]! / points;
  });
}

/** The vector of some points: each belongs to the centroid next to it. */
function assign(some: Float32Array, centroids: Float32Array): Float32Array {
  const result = new Float32Array(sumFloats);
  for (let point = 0; point < some.length; point += axes) {
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let cluster = 0; cluster < clusters; cluster++) {
      let squared = 0;
      for (let axis = 0; axis < axes; axis++) squared += (some[point + axis]! - centroids[cluster * axes + axis]!) ** 2;
      if (squared < least) [nearest, least] = [cluster, squared];
    }
    for (let axis = 0; axis < axes; axis++) result[nearest * row + axis]! += some[point + axis]!;
    result[nearest * row + axes]!++;
    result[sumFloats - 1]! += least;
  }
  return result;
}

/** The points of a shard, which whoever has the shard makes: four heaps around (±3, ±3). */
function pointsOf(shard: number): Float32Array {
  const { begin, end } = shardSamples(shard, shards, points);
  return Float32Array.from({ length: (end - begin) * axes }, (_, i) => {
    const point = begin + Math.floor(i / axes);
    const generator = new Generator({ seed: 1, purpose: 'mixing', position: point, layer: i % axes });
    return ((point >> (i % axes)) & 1 ? 3 : -3) + generator.normal();
  });
}

const add = (left: Float32Array, right: Float32Array): Float32Array => left.map((value, i) => value + right[i]!);
const rangeOf = ({ begin, end }: Range): number[] => Array.from({ length: end - begin }, (_, i) => begin + i);

if (import.meta.main) {
  const { centroids, distance } = await kMeans(Number(process.argv[2] ?? 2));
  for (let i = 0; i < clusters; i++) {
    console.log(
      `cluster ${i}: ${Array.from(centroids.subarray(i * axes, (i + 1) * axes), (x) => x.toFixed(3)).join(', ')}`,
    );
  }
  console.log(`mean squared distance ${distance.toFixed(4)}`);
  console.log(`sha-256 ${createHash('sha256').update(centroids).digest('hex')}`);
}
