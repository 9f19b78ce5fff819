import { maxUnpoolBackward, maxUnpoolForward, type PoolGeometry } from '@lockstep/kernels';
import type { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { LayerCall } from '../graph/builder.ts';
import { type Shape, shapeText } from '../graph/graph.ts';
import { type Layer, plain } from './layer.ts';
import { maxPoolOptions, windowGeometry } from './pool-options.ts';

type Options = z.output<typeof maxPoolOptions>;

/**
 * Undoes a `maxPool2d`, whose options it has: each value of the first input goes to where its window of the second input,
 * what the pooling read, has its maximum; the other pixels are 0.
 *
 * ```ts
 * const pooled = net.add('pool', maxPool2d({ kernelSize: 2 }), map);
 * const large = net.add('unpool', maxUnpool2d({ kernelSize: 2 }), net.add('conv', conv2d({ … }), pooled), map);
 * ```
 *
 * `torch.nn.MaxUnpool2d` with the indices of `MaxPool2d(return_indices=True)`, the first of equal maxima in row order, and with
 * the size of the pooling's input as its `output_size`. Indices are found again rather than kept, and no gradient goes to
 * the second input, as none goes through indices. Where windows overlap and several have their maximum at one pixel, the
 * last window's value stays, and has the gradient; PyTorch leaves open which stays, and gives the gradient to all.
 */
export const maxUnpool2d = (call: z.input<typeof maxPoolOptions>): LayerCall => ({ op: 'maxUnpool2d', options: call });

function geometry(options: Options, [x, pooled]: readonly Shape[]): PoolGeometry {
  const g = windowGeometry('maxUnpool2d', options, pooled);
  const expected = shapeText([g.outputHeight, g.outputWidth, g.channels]);
  if (x && shapeText(x) === expected) return g;
  throw new CoreError(
    'GRAPH_SHAPE',
    `maxUnpool2d expects the first input to have the shape of the second one pooled with its options: ${shapeText(pooled ?? [])} pooled is ${expected}, ` +
      `got ${shapeText(x ?? [])}`,
  );
}

export const maxUnpool2dLayer: Layer<Options, undefined> = {
  ...plain,
  op: 'maxUnpool2d',
  options: maxPoolOptions,
  arity: 2,
  constants: [1],
  keeps: { inputs: true, output: false },
  outputShape: (options, inputs) => {
    const { height, width, channels } = geometry(options, inputs);
    return [height, width, channels];
  },
  program: ({ kernels, options, inputs, x, y, dy, dx: [dx] }) => {
    const g = geometry(options, inputs);
    return {
      forward: [
        {
          kind: 'each',
          run: (shard) => maxUnpoolForward(kernels, g, x(shard), x(shard, 1), y(shard), shard.images),
        },
      ],
      backward: dx
        ? [
            {
              kind: 'each',
              run: (shard) => maxUnpoolBackward(kernels, g, x(shard, 1), dy(shard), dx(shard), shard.images),
            },
          ]
        : [],
    };
  },
};
