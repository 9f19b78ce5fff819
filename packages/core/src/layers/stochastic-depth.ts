import { multiplyChannels } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { elements } from '../graph/graph.ts';
import { Generator } from '../random/generator.ts';
import { type Layer, plain, type Shard } from './layer.ts';

const options = z.strictObject({ p: z.number().min(0).lt(1) });

interface Memory {
  readonly factors: number;
}

/**
 * In training sets a whole sample to 0 with probability `p` and divides the others by 1 − p; in evaluation nothing: torchvision's
 * `StochasticDepth` with mode `row` (Huang et al. 2016, arXiv 1603.09382), of any shape. At the end of a residual branch the block is
 * left out for the sample.
 *
 * Which samples is a function of the run's seed, the epoch, the sample's position in the epoch and the node's index in the graph,
 * as in `dropout`.
 */
export const stochasticDepth = (call: z.input<typeof options>): LayerCall => ({ op: 'stochasticDepth', options: call });

export const stochasticDepthLayer: Layer<z.output<typeof options>, Memory> = {
  ...plain,
  op: 'stochasticDepth',
  options,
  inPlace: { forward: true, backward: true },
  outputShape: (_, inputs) => inputs[0]!,
  allocate: ({ output, maxImages }, { scratch }) => ({ factors: scratch.floats(maxImages * output.at(-1)!) }),
  program: ({ kernels, options: { p }, memory: { factors }, output, index, stream, x, y, dy, dx: [dx] }) => {
    const channels = output.at(-1)!;
    const pixels = elements(output) / channels;
    const scale = (shard: Shard, from: number, to: number): void => {
      const { position, ...key } = stream(shard);
      for (let image = 0; image < shard.images; image++) {
        const random = new Generator({ ...key, purpose: 'dropout', position: position + image, layer: index });
        const factor = random.uniform() < p ? 0 : 1 / (1 - p);
        const first = factors / 4 + image * channels;
        kernels.f32.fill(factor, first, first + channels);
      }
      multiplyChannels(kernels, from, factors, to, shard.images, pixels, channels);
    };
    return {
      forward: [{ kind: 'each', run: (shard) => scale(shard, x(shard), y(shard)) }],
      evaluate: [
        {
          kind: 'each',
          run: (shard) => {
            const from = x(shard) / 4;
            if (x(shard) !== y(shard))
              kernels.f32.copyWithin(y(shard) / 4, from, from + shard.images * elements(output));
          },
        },
      ],
      backward: dx ? [{ kind: 'each', run: (shard) => scale(shard, dy(shard), dx(shard)) }] : [],
    };
  },
};
