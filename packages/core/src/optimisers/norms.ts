import { z } from 'zod';
import { combineInTree } from '../parallel/shards.ts';
import type { ParameterChunk } from '../plan/parameters.ts';

/** Euclidean norms of a tensor and of its gradient. */
export interface TensorNorms {
  readonly parameters: number;
  readonly gradient: number;
}

/** The norms of all tensors, in the order of the layout, and of all gradients as one vector. */
export interface ParameterNorms {
  readonly tensors: readonly TensorNorms[];
  readonly gradient: number;
}

/** Doubles of a row of sums of squares: of a chunk's gradient, then of its parameters. */
export const squareSumRow = 2;

/**
 * The norms from the sums of squares of all chunks. The sums of a tensor's chunks are added in the order of the tree, then
 * those of the tensors: so it makes no difference who summed which chunk.
 *
 * @param squares float64 [chunks][{@link squareSumRow}]
 */
export function parameterNorms(chunks: readonly ParameterChunk[], squares: Float64Array): ParameterNorms {
  const ofTensors: TensorNorms[][] = [];
  chunks.forEach(({ tensor }, i) => {
    const row = i * squareSumRow;
    ofTensors[tensor] ??= [];
    ofTensors[tensor].push({ gradient: squares[row]!, parameters: squares[row + 1]! });
  });
  const sums = ofTensors.map((rows) => combineInTree(rows, added)!);
  const all = combineInTree(sums, added);
  return {
    tensors: sums.map(({ parameters, gradient }) => ({
      parameters: Math.sqrt(parameters),
      gradient: Math.sqrt(gradient),
    })),
    gradient: Math.sqrt(all?.gradient ?? 0),
  };
}

const added = (left: TensorNorms, right: TensorNorms): TensorNorms => ({
  parameters: left.parameters + right.parameters,
  gradient: left.gradient + right.gradient,
});

/** Clipping of the gradient, for any optimiser. */
export const gradientClipSchema = z.strictObject({
  /** The largest norm of the averaged gradient of all parameters as one vector. */
  norm: z.number().positive(),
});
export type GradientClip = z.output<typeof gradientClipSchema>;

/** What a gradient of a norm is multiplied by: min(1, clip/(norm + 1e-6)). As `torch.nn.utils.clip_grad_norm_`. */
export const clipFactor = (norm: number, { norm: largest }: GradientClip): number =>
  Math.min(1, largest / (norm + 1e-6));
