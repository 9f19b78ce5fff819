import type { Kernels } from '@lockstep/kernels';
import type { z } from 'zod';
import { elements } from '../graph/graph.ts';
import { type Layer, plain } from './layer.ts';

/** What is particular to an activation: a function of each element by itself. */
export interface Activation<Options> {
  readonly op: string;
  readonly options: z.ZodType<Options>;
  /** What the backward pass reads. Where it is the output, the forward pass may overwrite the input. */
  readonly keeps: 'input' | 'output';
  readonly forward: (k: Kernels, x: number, y: number, length: number, options: Options) => void;
  readonly backward: (k: Kernels, kept: number, dy: number, dx: number, length: number, options: Options) => void;
}

/** The layer of an activation, of any shape. */
export function activationLayer<Options>(activation: Activation<Options>): Layer<Options, undefined> {
  const { op, options, keeps, forward, backward } = activation;
  return {
    ...plain,
    op,
    options,
    keeps: { inputs: keeps === 'input', output: keeps === 'output' },
    inPlace: { forward: keeps === 'output', backward: true },
    outputShape: (_, inputs) => inputs[0]!,
    program: ({ kernels, options: chosen, output, x, y, dy, dx: [dx] }) => {
      const size = elements(output);
      const kept = keeps === 'input' ? x : y;
      return {
        forward: [{ kind: 'each', run: (shard) => forward(kernels, x(shard), y(shard), shard.images * size, chosen) }],
        backward: dx
          ? [
              {
                kind: 'each',
                run: (shard) => backward(kernels, kept(shard), dy(shard), dx(shard), shard.images * size, chosen),
              },
            ]
          : [],
      };
    },
  };
}
