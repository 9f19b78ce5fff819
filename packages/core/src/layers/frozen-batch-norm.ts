import { batchNormBackwardApply } from '@lockstep/kernels';
import { elements } from '../graph/graph.ts';
import type { BatchNormMemory, BatchNormOptions } from './batch-norm-memory.ts';
import type { LayerContext, LayerProgram, Shard, Step } from './layer.ts';

/**
 * Batch normalisation none of whose parameters is trained: in training it does what it does in evaluation, and the running
 * statistics stay as they are. So it meets nobody.
 *
 * @param evaluate what it does in evaluation, which leaves 1/√(variance + eps) in `memory.inverse`
 */
export function frozenBatchNorm(
  context: LayerContext<BatchNormOptions, BatchNormMemory>,
  channels: number,
  evaluate: readonly Step[],
): Pick<LayerProgram, 'forward' | 'backward'> {
  const { kernels, memory, output, x, dy, dx: [dx] } = context; // biome-ignore format: one line
  const pixels = elements(output) / channels;
  const keepStatistics = (): void => {
    for (const name of ['running_mean', 'running_var']) {
      const from = context.buffer(name) / 4;
      kernels.f32.copyWithin(context.nextBuffer(name) / 4, from, from + channels);
    }
  };
  const backward = (target: (shard: Shard) => number): Step[] => [
    // The sums of a normalisation that does not depend on the batch.
    { kind: 'once', run: () => kernels.f64.fill(0, memory.rows / 8, memory.rows / 8 + 2 * channels) },
    {
      kind: 'each',
      run: (shard) =>
        batchNormBackwardApply(kernels, x(shard), dy(shard), target(shard), shard.images * pixels, channels, {
          row: memory.rows,
          count: context.batchSamples() * pixels,
          mean: context.buffer('running_mean'),
          inverse: memory.inverse,
          weight: context.parameter('weight'),
          scratch: memory.scratch,
          fused: context.fused && { activation: context.fused, bias: context.parameter('bias') },
        }),
    },
  ];
  return { forward: [{ kind: 'once', run: keepStatistics }, ...evaluate], backward: dx ? backward(dx) : [] };
}
