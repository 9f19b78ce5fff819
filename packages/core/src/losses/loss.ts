import type { Kernels } from '@lockstep/kernels';
import type { z } from 'zod';
import { elements, type Shape } from '../graph/graph.ts';

/** A loss and its options, as the losses' own functions (`mseLoss()`) give them. Plain data. */
export interface LossCall {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a network is trained by: a loss of one of its outputs, and how much it counts. Plain data. */
export interface OutputLoss {
  /** One of the graph's outputs. */
  readonly output: string;
  readonly loss: LossCall;
  /** What the loss is multiplied by before it is added to the others. Default: 1. */
  readonly weight?: number;
  /**
   * For a head that only helps in training (Szegedy et al., arXiv 1409.4842, §5): it has the target of the first loss, and no part
   * in the losses of an evaluation. Default: false.
   */
  readonly auxiliary?: boolean;
}

/**
 * What an output is compared with. `classes`: int32, a class index for each pixel; a vector has one pixel. `values`: float32, of
 * the output's shape.
 */
export type TargetKind = 'classes' | 'values';

/** One call of a loss: a shard's samples. Pointers are byte offsets. */
export interface LossRun<Options> {
  readonly kernels: Kernels;
  readonly options: Options;
  /** Of a sample's output. */
  readonly shape: Shape;
  readonly images: number;
  readonly training: boolean;
  /** float32 [images][…shape] */
  readonly x: number;
  readonly target: number;
  /** float32 like {@link Loss.weights}; 0 for none */
  readonly weights: number;
  /** What a sample's losses, added up, and their gradient are multiplied by. */
  readonly scale: number;
  /** float32 [images][…shape]; 0 for none */
  readonly gradient: number;
  /** float64 [images] */
  readonly losses: number;
  /** int32 and float32, one a pixel, for what tells classes apart; 0 for neither */
  readonly predicted: number;
  readonly probabilities: number;
}

/** One kind of loss: everything about it, in one file. */
export interface Loss<Options = unknown> {
  readonly name: string;
  readonly options: z.ZodType<Options>;
  target(options: Options): TargetKind;
  /** How many values of a sample its mean is over. */
  count(shape: Shape): number;
  /** A factor for each class or channel of the output. */
  weights(options: Options): readonly number[] | undefined;
  /** Whether the mean divides by the weights of the batch's targets instead of by their number; for classes. */
  dividesByWeights(options: Options): boolean;
  run(run: LossRun<Options>): void;
}

/** For losses element by element. */
export const elementwise = {
  target: () => 'values' as const,
  count: elements,
  weights: () => undefined,
  dividesByWeights: () => false,
};
