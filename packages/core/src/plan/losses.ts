import type { Allocator } from '@lockstep/kernels';
import { elements } from '../graph/graph.ts';
import type { ResolvedLoss } from '../losses/resolve.ts';

/** A loss, and where its memory is, in bytes; what has an entry a sample is laid out for all of a worker's shards. */
export interface PlannedLoss extends ResolvedLoss {
  /** int32 or float32 [samples][target.elements] */
  readonly targets: number;
  /** float64 [samples] */
  readonly losses: number;
  /** float32: its factors by class or channel; 0 for none */
  readonly weights: number;
}

export interface LossPlan {
  readonly entries: readonly PlannedLoss[];
  /** int32 [samples][pixels]: class indices, those of the first loss if it takes any. */
  readonly labels: number;
  /** float64 [samples]: the weighted sum of all. */
  readonly losses: number;
  /** int32 and float32 [samples][pixels], of the first loss */
  readonly predicted: number;
  readonly probabilities: number;
  /** Of a sample, in `labels`, `predicted` and `probabilities`. */
  readonly pixels: number;
  /** float64 [shards][losses]: the weights of each shard's targets, which are gathered where a mean divides by them. */
  readonly rows: number;
}

/** Lays out the memory of the losses for so many samples a worker. */
export function planLosses(
  resolved: readonly ResolvedLoss[],
  samples: number,
  shards: number,
  own: Allocator,
): LossPlan {
  const [first] = resolved;
  const pixels = elements(first!.shape.slice(0, -1));
  const floats = (count: number): number => own.floats(count + 16);
  const labels = floats(samples * pixels);
  const losses = own.bytes(samples * 8);
  const predicted = floats(samples * pixels);
  const probabilities = floats(samples * pixels);
  const rows = own.bytes(shards * resolved.length * 8);
  const firstTargets = first!.target.kind === 'classes' ? labels : floats(samples * first!.target.elements);
  const entries = resolved.map((loss, i): PlannedLoss => {
    const weights = loss.loss.weights(loss.options);
    return {
      ...loss,
      targets: i === 0 || loss.auxiliary ? firstTargets : floats(samples * loss.target.elements),
      losses: i === 0 ? losses : own.bytes(samples * 8),
      weights: weights ? floats(weights.length) : 0,
    };
  });
  return { entries, labels, losses, predicted, probabilities, pixels, rows };
}
