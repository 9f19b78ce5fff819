import { type LayerNormSize, layerNormBackward, layerNormForward, layerNormParameterGradient } from '@lockstep/kernels';
import { z } from 'zod';
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
import { mapShape } from './options.ts';
import { vectorGradients } from './parameter-gradient.ts';

/** Options of {@link rowNormLayer}, as those of `torch.nn.LayerNorm`. */
export const rowNormOptions = (eps: number) =>
  z.strictObject({
    eps: z.number().positive().default(eps),
    elementwiseAffine: z.boolean().default(true),
  });
type RowNormOptions = ReturnType<typeof rowNormOptions>;

interface RowNorm {
  /** What shares its statistics: all of a sample, or the channels of each pixel of a map. */
  readonly over: 'sample' | 'channels';
  /** Layer norm, which takes the mean away and has a bias; or RMS norm, without either. */
  readonly centred: boolean;
}

/** A layer that normalises values which follow each other in memory. */
export function rowNormLayer(
  op: string,
  options: RowNormOptions,
  { over, centred }: RowNorm,
): Layer<z.output<RowNormOptions>, SampleNormMemory> {
  const sizes = ({ elementwiseAffine }: z.output<RowNormOptions>, input: Shape | undefined): SampleNormSizes => {
    const shape = over === 'sample' ? input! : [mapShape(op, input)[2]];
    const names = centred ? (['weight', 'bias'] as const) : (['weight'] as const);
    return { parts: elements(input!) / elements(shape), shape, affine: elementwiseAffine ? names : [] };
  };
  return {
    ...plain,
    op,
    options,
    keeps: { inputs: true, output: false },
    inPlace: { forward: false, backward: true },
    outputShape: (own, [input]) => {
      if (elements(sizes(own, input).shape) > 1) return input!;
      throw new CoreError(
        'GRAPH_SHAPE',
        `${op} expects more than one value to normalise together, got ${over === 'sample' ? 'a sample' : 'a channel'} of ${shapeText(input!)}`,
      );
    },
    parameters: (own, [input]) => {
      const { affine, shape } = sizes(own, input);
      return normParameters(affine, shape);
    },
    allocate: (all, allocators) => allocateSampleNorm(all, allocators, sizes(all.options, all.inputs[0])),
    program: (context) => {
      const { kernels, options: { eps }, memory, x, y, dy, dx: [dx] } = context; // biome-ignore format: one line
      const own = sizes(context.options, context.inputs[0]);
      const pointers = sampleNormPointers(context, own);
      const length = elements(own.shape);
      const size = (shard: Shard): LayerNormSize => ({ rows: shard.images * own.parts, length, centred });
      const forward = (shard: Shard): void =>
        layerNormForward(kernels, x(shard), y(shard), size(shard), eps, pointers(shard));
      // Before the gradient of the input, which may overwrite that of the output.
      const gradients = vectorGradients(context, memory.trained, (shard, [dweight = 0, dbias = 0]) =>
        layerNormParameterGradient(kernels, x(shard), dy(shard), size(shard), { ...pointers(shard), dweight, dbias }),
      );
      return {
        forward: [{ kind: 'each', run: forward }],
        backward: [
          ...gradients,
          ...(dx
            ? [
                {
                  kind: 'each' as const,
                  run: (shard: Shard) =>
                    layerNormBackward(kernels, x(shard), dy(shard), dx(shard), size(shard), pointers(shard)),
                },
              ]
            : []),
        ],
      };
    },
  };
}
