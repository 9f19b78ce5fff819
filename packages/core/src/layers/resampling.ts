import type { Kernels } from '@lockstep/kernels';
import type { z } from 'zod';
import type { Shape } from '../graph/graph.ts';
import { type Layer, plain } from './layer.ts';

interface OutputSize {
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly channels: number;
}

/** What is particular to a layer that makes a map of another size, each channel by itself. */
export interface Resampling<Options, Geometry extends OutputSize> {
  readonly op: string;
  readonly options: z.ZodType<Options>;
  /** Whether the backward pass reads the input and the output. */
  readonly keeps: boolean;
  readonly windows?: Layer<Options>['windows'];
  readonly reach?: Layer<Options>['reach'];
  readonly geometry: (op: string, options: Options, input: Shape | undefined) => Geometry;
  readonly forward: (k: Kernels, g: Geometry, x: number, y: number, images: number, options: Options) => void;
  readonly backward: (
    k: Kernels,
    g: Geometry,
    at: { readonly x: number; readonly y: number; readonly dy: number; readonly dx: number },
    images: number,
    options: Options,
  ) => void;
}

/** The layer of a resampling: [height, width, channels] → [outputHeight, outputWidth, channels]. */
export function resamplingLayer<Options, Geometry extends OutputSize>(
  resampling: Resampling<Options, Geometry>,
): Layer<Options, undefined> {
  const { op, options, keeps, windows, reach, geometry, forward, backward } = resampling;
  return {
    ...plain,
    op,
    options,
    keeps: { inputs: keeps, output: keeps },
    ...(windows && { windows }),
    ...(reach && { reach }),
    outputShape: (chosen, [input]) => {
      const { outputHeight, outputWidth, channels } = geometry(op, chosen, input);
      return [outputHeight, outputWidth, channels];
    },
    program: ({ kernels, options: chosen, inputs, x, y, dy, dx: [dx] }) => {
      const g = geometry(op, chosen, inputs[0]);
      return {
        forward: [{ kind: 'each', run: (shard) => forward(kernels, g, x(shard), y(shard), shard.images, chosen) }],
        backward: dx
          ? [
              {
                kind: 'each',
                run: (shard) => {
                  const at = { x: x(shard), y: y(shard), dy: dy(shard), dx: dx(shard) };
                  backward(kernels, g, at, shard.images, chosen);
                },
              },
            ]
          : [],
      };
    },
  };
}
