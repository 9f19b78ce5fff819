import { multiplyChannels, multiplyChannelsGradient, multiply as multiplyKernel } from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { LayerCall } from '../graph/builder.ts';
import { elements, type Shape, shapeText } from '../graph/graph.ts';
import { type Layer, plain } from './layer.ts';

const options = z.strictObject({});

/**
 * The product of two tensors of one shape, or of a map with one factor a channel ([channels] or [1, 1, channels], the second
 * input), as squeeze-and-excitation has it (Hu et al., arXiv 1709.01507).
 */
export const multiply = (): LayerCall => ({ op: 'multiply', options: {} });

/** Whether the second is one factor for each channel of the first. */
const isScale = (x: Shape, scale: Shape): boolean =>
  x.length === 3 && scale.at(-1) === x[2] && elements(scale) === x[2] && (scale.length === 1 || scale.length === 3);

export const multiplyLayer: Layer<z.output<typeof options>, undefined> = {
  ...plain,
  op: 'multiply',
  options,
  arity: 2,
  keeps: { inputs: true, output: false },
  inPlace: { forward: false, backward: true },
  outputShape: (_, [left, right]) => {
    if (left && right && (shapeText(left) === shapeText(right) || isScale(left, right))) return left;
    throw new CoreError(
      'GRAPH_SHAPE',
      `multiply expects two inputs of one shape, or a map and one factor a channel, got ${shapeText(left ?? [])} and ${shapeText(right ?? [])}`,
    );
  },
  program: ({ kernels: k, inputs, output, x, y, dy, dx: [dLeft, dRight] }) => {
    const size = elements(output);
    const channels = output.at(-1)!;
    const pixels = size / channels;
    const scales = elements(inputs[1]!) < size;
    /** The product with the second input: the output, and the gradient of the first input. */
    const scaled = (from: number, by: number, to: number, images: number): void => {
      if (scales) multiplyChannels(k, from, by, to, images, pixels, channels);
      else multiplyKernel(k, from, by, to, images * size);
    };
    return {
      forward: [{ kind: 'each', run: (shard) => scaled(x(shard, 0), x(shard, 1), y(shard), shard.images) }],
      backward: [
        {
          kind: 'each',
          run: (shard) => {
            // The second input's gradient first, since the first one's may overwrite the output's.
            if (dRight) {
              if (scales)
                multiplyChannelsGradient(k, x(shard, 0), dy(shard), dRight(shard), shard.images, pixels, channels);
              else multiplyKernel(k, dy(shard), x(shard, 0), dRight(shard), shard.images * size);
            }
            if (dLeft) scaled(dy(shard), x(shard, 1), dLeft(shard), shard.images);
          },
        },
      ],
    };
  },
};
