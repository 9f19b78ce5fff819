import { dropout as dropoutKernel, dropoutScratchBytes } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { elements } from '../graph/graph.ts';
import { purposes } from '../random/generator.ts';
import { type Layer, plain, type Shard } from './layer.ts';

const options = z.strictObject({ p: z.number().min(0).lt(1).default(0.5) });

interface Memory {
  readonly scratch: number;
}

/**
 * In training sets each element to 0 with probability `p` and divides the others by 1 − p; in evaluation nothing:
 * `torch.nn.Dropout` (Srivastava et al. 2014), of any shape.
 *
 * Which elements is a function of the run's seed, the epoch, the sample's position in the epoch, the node's index in the graph
 * and the element's index: never of a worker. The backward pass makes the mask again, so that none is kept. `p` is below 1.
 */
export const dropout = (call: z.input<typeof options> = {}): LayerCall => ({ op: 'dropout', options: call });

export const dropoutLayer: Layer<z.output<typeof options>, Memory> = {
  ...plain,
  op: 'dropout',
  options,
  inPlace: { forward: true, backward: true },
  outputShape: (_, inputs) => inputs[0]!,
  allocate: (_, { scratch }) => ({ scratch: scratch.bytes(dropoutScratchBytes) }),
  program: ({ kernels, options: { p }, memory, output, index, stream, x, y, dy, dx: [dx] }) => {
    const size = elements(output);
    const drop = (shard: Shard, from: number, to: number): void => {
      const at = { ...stream(shard), purpose: purposes.dropout, layer: index };
      dropoutKernel(kernels, from, to, shard.images, size, at, p, memory.scratch);
    };
    return {
      forward: [{ kind: 'each', run: (shard) => drop(shard, x(shard), y(shard)) }],
      evaluate: [
        {
          kind: 'each',
          run: (shard) => {
            const from = x(shard) / 4;
            if (x(shard) !== y(shard)) kernels.f32.copyWithin(y(shard) / 4, from, from + shard.images * size);
          },
        },
      ],
      backward: dx ? [{ kind: 'each', run: (shard) => drop(shard, dy(shard), dx(shard)) }] : [],
    };
  },
};
