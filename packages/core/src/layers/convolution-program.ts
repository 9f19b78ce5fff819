import {
  allocateConvolution,
  Convolution,
  type ConvolutionGeometry,
  type ConvolutionMemory,
  columnSums,
} from '@lockstep/kernels';
import type { LayerAllocators, LayerContext, LayerProgram, LayerSizes, Step } from './layer.ts';
import { allocateRows, vectorGradient } from './parameter-gradient.ts';

/** Memory of a layer that is a convolution with an optional bias. */
export interface ConvolutionLayerMemory {
  readonly convolution: ConvolutionMemory;
  readonly rows: number;
}

/** Lays out the memory that {@link convolutionProgram} needs. */
export function allocateConvolutionLayer(
  sizes: LayerSizes<unknown>,
  geometry: ConvolutionGeometry,
  { own, scratch }: LayerAllocators,
): ConvolutionLayerMemory {
  return {
    convolution: allocateConvolution(sizes.kernels, geometry, sizes.maxImages, sizes.maxOwnShards, own, scratch),
    rows: allocateRows(scratch, sizes.maxOwnShards, geometry.shape.outChannels),
  };
}

/** The passes of a convolution, and of a linear layer, which is a convolution of 1×1 over 1×1 maps. */
export function convolutionProgram<Options>(
  context: LayerContext<Options, ConvolutionLayerMemory>,
  geometry: ConvolutionGeometry,
  hasBias: boolean,
): LayerProgram {
  const { kernels, memory, subtrees, x, y, dy } = context;
  const convolution = new Convolution(kernels, geometry, context.maxImages, memory.convolution);
  const { outChannels } = geometry.shape;
  const outputPixels = geometry.outputHeight * geometry.outputWidth;
  const dx = context.dx[0];
  const forward: Step[] = [
    { kind: 'once', run: () => convolution.packForward(context.parameter('weight')) },
    {
      kind: 'each',
      run: (shard) => convolution.forward(x(shard), hasBias ? context.parameter('bias') : 0, y(shard), shard.images),
    },
  ];
  const backward: Step[] = [
    {
      kind: 'once',
      run: () =>
        subtrees.forEach(({ shards, merges }, subtree) => {
          const records = shards.map((shard, i) => ({
            x: x(shard),
            dy: dy(shard),
            images: shard.images,
            merges: merges[i]!,
          }));
          convolution.weightGradient(records, context.gradient('weight', subtree));
        }),
    },
  ];
  if (hasBias) {
    backward.push(
      vectorGradient(context, 'bias', outChannels, memory.rows, (shard, row) =>
        columnSums(kernels, dy(shard), shard.images * outputPixels, outChannels, row),
      ),
    );
  }
  if (dx) {
    backward.push(
      { kind: 'once', run: () => convolution.packInputGradient(context.parameter('weight')) },
      { kind: 'each', run: (shard) => convolution.inputGradient(dy(shard), dx(shard), shard.images) },
    );
  }
  return { forward, backward };
}
