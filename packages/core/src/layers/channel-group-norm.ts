import { type GroupNormSize, groupNormBackward, groupNormForward, groupNormScratchFloats } from '@lockstep/kernels';
import type { z } from 'zod';
import { CoreError } from '../errors.ts';
import { elements, type Shape, shapeText } from '../graph/graph.ts';
import { type Layer, plain, type Shard } from './layer.ts';
import {
  allocateSampleNorm,
  normParameters,
  type SampleNormMemory,
  type SampleNormSizes,
  sampleNormPointers,
} from './normalisation.ts';
import { vectorGradients } from './parameter-gradient.ts';

interface GroupNormOptions {
  readonly eps: number;
  readonly affine: boolean;
}

/**
 * A layer that normalises groups of channels of each sample.
 *
 * @param groups how many there are in a sample of that shape, which divide its channels
 */
export function channelGroupNormLayer<Options extends GroupNormOptions>(
  op: string,
  options: z.ZodType<Options>,
  groups: (options: Options, input: Shape) => number,
): Layer<Options, SampleNormMemory & { readonly scratch: number }> {
  const sizes = (own: Options, input: Shape): SampleNormSizes => ({
    parts: groups(own, input),
    shape: [input.at(-1)!],
    affine: own.affine ? ['weight', 'bias'] : [],
  });
  return {
    ...plain,
    op,
    options,
    keeps: { inputs: true, output: false },
    inPlace: { forward: false, backward: true },
    fuses: ['relu'],
    outputShape: (own, inputs) => {
      const input = inputs[0]!;
      const count = groups(own, input);
      if (elements(input) > count) return input;
      throw new CoreError(
        'GRAPH_SHAPE',
        `${op} expects more than one value a group, got ${count} groups of ${shapeText(input)}`,
      );
    },
    parameters: (own, inputs) => {
      const { affine, shape } = sizes(own, inputs[0]!);
      return normParameters(affine, shape);
    },
    allocate: (all, allocators) => ({
      ...allocateSampleNorm(all, allocators, sizes(all.options, all.output)),
      scratch: allocators.scratch.floats(groupNormScratchFloats(all.output.at(-1)!)),
    }),
    program: (context) => {
      const { kernels, options: { eps }, memory, output, x, y, dy, dx: [dx] } = context; // biome-ignore format: one line
      const own = sizes(context.options, output);
      const pointers = sampleNormPointers(context, own);
      const channels = output.at(-1)!;
      const pixels = elements(output) / channels;
      const size = (shard: Shard): GroupNormSize => ({ images: shard.images, pixels, channels, groups: own.parts });
      const rest = { scratch: memory.scratch, relu: context.fused === 'relu' };
      const forward = (shard: Shard): void =>
        groupNormForward(kernels, x(shard), y(shard), size(shard), eps, { ...pointers(shard), ...rest });
      const backward = (shard: Shard, dweight: number, dbias: number): void =>
        groupNormBackward(kernels, x(shard), dy(shard), dx?.(shard) ?? 0, size(shard), {
          ...pointers(shard),
          ...rest,
          dweight,
          dbias,
        });
      // Both kinds of gradients need the same sums.
      const gradients = vectorGradients(context, memory.trained, (shard, [dweight, dbias]) =>
        backward(shard, dweight!, dbias!),
      );
      const inputGradient = { kind: 'each' as const, run: (shard: Shard) => backward(shard, 0, 0) };
      return {
        forward: [{ kind: 'each', run: forward }],
        backward: gradients.length > 0 ? gradients : dx ? [inputGradient] : [],
      };
    },
  };
}
