import { softmaxBackward, softmaxForward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { elements } from '../graph/graph.ts';
import { type Layer, plain } from './layer.ts';

const options = z.strictObject({});

/**
 * e^x/Σ e^x over the channels of each pixel, or over the features of a vector; `torch.nn.Softmax` with `dim=1`. Not for the
 * network's output: the loss takes the softmax of what it is given.
 */
export const softmax = (): LayerCall => ({ op: 'softmax', options: {} });

export const softmaxLayer: Layer<z.output<typeof options>, undefined> = {
  ...plain,
  op: 'softmax',
  options,
  keeps: { inputs: false, output: true },
  inPlace: { forward: true, backward: true },
  outputShape: (_, inputs) => inputs[0]!,
  program: ({ kernels, output, x, y, dy, dx: [dx] }) => {
    const channels = output.at(-1)!;
    const rows = elements(output) / channels;
    return {
      forward: [
        {
          kind: 'each',
          run: (shard) => softmaxForward(kernels, x(shard), y(shard), shard.images * rows, channels),
        },
      ],
      backward: dx
        ? [
            {
              kind: 'each',
              run: (shard) => softmaxBackward(kernels, y(shard), dy(shard), dx(shard), shard.images * rows, channels),
            },
          ]
        : [],
    };
  },
};
