import {
  KernelError,
  type UpsampleGeometry,
  upsampleBackward,
  upsampleForward,
  upsampleGeometry,
} from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { LayerCall } from '../graph/builder.ts';
import { type Shape, shapeText } from '../graph/graph.ts';
import { mapShape, pair, pairOf } from './options.ts';
import { resamplingLayer } from './resampling.ts';

const options = z
  .strictObject({
    /** The size of the output … */
    size: pair(1).optional(),
    /** … or by what factor it is larger, rounded down. */
    scaleFactor: pairOf(z.number().positive()).optional(),
    mode: z.enum(['nearest', 'bilinear']).default('nearest'),
    /** Bilinear only: whether the centres of the corner pixels meet, rather than the corners. */
    alignCorners: z.boolean().default(false),
  })
  .refine(({ size, scaleFactor }) => (size === undefined) !== (scaleFactor === undefined), {
    error: 'expected either size or scaleFactor',
  })
  .refine(({ mode, alignCorners }) => mode === 'bilinear' || !alignCorners, {
    error: "alignCorners is for mode 'bilinear'",
    path: ['alignCorners'],
  });
type Options = z.output<typeof options>;

/**
 * A map at another size: `nearest` repeats pixels (or leaves some out), `bilinear` goes evenly from one to the next. Options are
 * those of `torch.nn.Upsample`; `size` and `scaleFactor` may be a number or [height, width].
 */
export const upsample = (call: z.input<typeof options>): LayerCall => ({ op: 'upsample', options: call });

function geometry(op: string, o: Options, input: Shape | undefined): UpsampleGeometry {
  const [height, width, channels] = mapShape(op, input);
  try {
    return upsampleGeometry({ height, width, channels, ...o });
  } catch (cause) {
    if (!(cause instanceof KernelError)) throw cause;
    throw new CoreError('GRAPH_SHAPE', `${cause.message} (input ${shapeText(input ?? [])})`, { cause });
  }
}

export const upsampleLayer = resamplingLayer({
  op: 'upsample',
  options,
  keeps: false,
  reach: ({ mode }) => (mode === 'bilinear' ? [2, 2] : [1, 1]),
  geometry,
  forward: upsampleForward,
  backward: (k, g, { dy, dx }, images) => upsampleBackward(k, g, dy, dx, images),
});
