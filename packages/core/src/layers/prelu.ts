import { type PreluSize, preluBackward, preluForward, preluParameterGradient } from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { LayerCall } from '../graph/builder.ts';
import { elements, shapeText } from '../graph/graph.ts';
import { type Layer, plain, type Shard } from './layer.ts';
import { allocateRows, vectorGradients } from './parameter-gradient.ts';

const options = z.strictObject({
  numParameters: z.int().min(1).default(1),
  init: z.number().default(0.25),
});
type Options = z.output<typeof options>;

interface Memory {
  readonly rows: number;
}

/**
 * x where x > 0, else weight·x, with a trained slope: one for all channels, or one a channel (`numParameters`); options are
 * those of `torch.nn.PReLU` (He et al., arXiv 1502.01852). Weight decay would pull the slope to 0, a plain ReLU.
 */
export const prelu = (call: z.input<typeof options> = {}): LayerCall => ({ op: 'prelu', options: call });

export const preluLayer: Layer<Options, Memory> = {
  ...plain,
  op: 'prelu',
  options,
  keeps: { inputs: true, output: false },
  inPlace: { forward: false, backward: true },
  outputShape: ({ numParameters }, [input]) => {
    if (numParameters === 1 || numParameters === input!.at(-1)) return input!;
    throw new CoreError(
      'GRAPH_SHAPE',
      `prelu expects numParameters to be 1 or the number of channels, ${input!.at(-1)} of ${shapeText(input!)}, got ${numParameters}`,
    );
  },
  parameters: ({ numParameters, init }) => [
    {
      name: 'weight',
      shape: [numParameters],
      permutation: [0],
      initialiser: { initialisation: { kind: 'constant', value: init }, fanIn: 1, fanOut: 1 },
    },
  ],
  allocate: ({ options: { numParameters }, maxOwnShards }, { scratch }) => ({
    rows: allocateRows(scratch, maxOwnShards, numParameters),
  }),
  program: (context) => {
    const { kernels, options: { numParameters }, memory, output, x, y, dy, dx: [dx] } = context; // biome-ignore format: one line
    const channels = output.at(-1)!;
    const pixels = elements(output) / channels;
    const size = (shard: Shard): PreluSize => ({
      rows: shard.images * pixels,
      channels,
      slopes: numParameters === 1 ? 'shared' : 'channels',
    });
    const weight = (): number => context.parameter('weight');
    return {
      forward: [{ kind: 'each', run: (shard) => preluForward(kernels, x(shard), weight(), y(shard), size(shard)) }],
      backward: [
        // Before the gradient of the input, which may overwrite that of the output.
        ...vectorGradients(context, [{ name: 'weight', length: numParameters, rows: memory.rows }], (shard, [row]) =>
          preluParameterGradient(kernels, x(shard), dy(shard), row!, size(shard)),
        ),
        ...(dx
          ? [
              {
                kind: 'each' as const,
                run: (shard: Shard) => preluBackward(kernels, x(shard), weight(), dy(shard), dx(shard), size(shard)),
              },
            ]
          : []),
      ],
    };
  },
};
