import { KernelError, type Pad2dGeometry, pad2dBackward, pad2dForward, pad2dModes, pad2dSize } from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { LayerCall } from '../graph/builder.ts';
import type { Shape } from '../graph/graph.ts';
import { type Layer, plain } from './layer.ts';
import { mapShape } from './options.ts';

const size = z.int();

const options = z
  .strictObject({
    /** In pixels; a number is for all four sides. A negative one takes pixels away. */
    padding: z
      .union([size, z.tuple([size, size, size, size])])
      .transform((value): [left: number, right: number, top: number, bottom: number] =>
        typeof value === 'number' ? [value, value, value, value] : value,
      ),
    mode: z.enum(pad2dModes).default('constant'),
    /** Of a constant border; 0 unless it is given. */
    value: z.number().optional(),
  })
  .refine(({ mode, value }) => mode === 'constant' || value === undefined, {
    message: "a value is for mode 'constant' only",
    path: ['value'],
  })
  .refine(({ mode, padding }) => mode === 'constant' || padding.every((pixels) => pixels >= 0), {
    message: "may be negative for mode 'constant' only",
    path: ['padding'],
  });
type Options = z.output<typeof options>;

function geometry({ padding: [left, right, top, bottom], mode }: Options, input: Shape | undefined): Pad2dGeometry {
  const [height, width, channels] = mapShape('pad2d', input);
  return { height, width, channels, border: { left, right, top, bottom }, mode };
}

/**
 * A border around a map: [height, width, channels] → [top + height + bottom, left + width + right, channels].
 *
 * `padding` is a number or, in PyTorch's order, [left, right, top, bottom], where a negative number of a constant border crops; `mode` is that of `torch.nn.functional.pad`, so
 * that this is `nn.ZeroPad2d`, `nn.ConstantPad2d`, `nn.ReflectionPad2d` and `nn.ReplicationPad2d`.
 */
export const pad2d = (call: z.input<typeof options>): LayerCall => ({ op: 'pad2d', options: call });

export const pad2dLayer: Layer<Options, undefined> = {
  ...plain,
  op: 'pad2d',
  options,
  outputShape: (o, [input]) => {
    const pad = geometry(o, input);
    try {
      return [...pad2dSize(pad), pad.channels];
    } catch (cause) {
      if (!(cause instanceof KernelError)) throw cause;
      throw new CoreError('GRAPH_SHAPE', cause.message, { cause });
    }
  },
  program: ({ kernels, options: o, inputs, x, y, dy, dx: [dx] }) => {
    const pad = geometry(o, inputs[0]);
    return {
      forward: [
        { kind: 'each', run: (shard) => pad2dForward(kernels, pad, x(shard), y(shard), shard.images, o.value) },
      ],
      backward: dx
        ? [{ kind: 'each', run: (shard) => pad2dBackward(kernels, pad, dy(shard), dx(shard), shard.images) }]
        : [],
    };
  },
};
