import { adaptivePoolGeometry, KernelError, outputSize, type PoolGeometry, poolGeometry } from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import { type Shape, shapeText } from '../graph/graph.ts';
import type { Windows } from './layer.ts';
import { mapShape, pair } from './options.ts';

/** What all poolings over windows have. */
export const windowOptions = {
  kernelSize: pair(1),
  /** Defaults to the window's size. */
  stride: pair(1).optional(),
  /** Whether the last window may reach over the edge, rather than that what it lacks is left out. */
  ceilMode: z.boolean().default(false),
};

/** Options of `torch.nn.MaxPool2d`. */
export const maxPoolOptions = z.strictObject({
  ...windowOptions,
  padding: pair(0).default([0, 0]),
  dilation: pair(1).default([1, 1]),
});

/** @throws CoreError `GRAPH_SHAPE` if no window fits, or the padding is more than half a window. */
export function windowGeometry(
  op: string,
  windows: Windows & { readonly ceilMode: boolean },
  input: Shape | undefined,
): PoolGeometry {
  const [height, width, channels] = mapShape(op, input);
  const { kernelSize, stride = kernelSize, padding = [0, 0], dilation = [1, 1], ceilMode } = windows;
  if (padding.some((value, i) => 2 * value > kernelSize[i]!)) {
    throw new CoreError(
      'GRAPH_SHAPE',
      `${op}: padding ${shapeText(padding)} is more than half of kernelSize ${shapeText(kernelSize)}`,
    );
  }
  try {
    return poolGeometry({ height, width, channels, kernelSize, stride, padding, dilation, ceilMode });
  } catch (cause) {
    if (!(cause instanceof KernelError)) throw cause;
    const output = [height, width].map((size, i) =>
      outputSize(size, kernelSize[i]!, stride[i]!, padding[i]!, dilation[i]!, ceilMode),
    );
    const dilated = dilation.some((value) => value > 1) ? `, dilation ${shapeText(dilation)}` : '';
    throw new CoreError(
      'GRAPH_SHAPE',
      `${op} with kernelSize ${shapeText(kernelSize)}, stride ${shapeText(stride)}${dilated} and padding ${shapeText(padding)} does not fit ` +
        `an input of ${shapeText(input ?? [])}: the output would be ${output.join('x')}`,
      { cause },
    );
  }
}

/** Options of adaptive pooling: the output's size, a number or [height, width]. */
export const adaptiveOptions = z.strictObject({ outputSize: pair(1) });

export function adaptiveGeometry(
  op: string,
  options: z.output<typeof adaptiveOptions>,
  input: Shape | undefined,
): PoolGeometry {
  const [height, width, channels] = mapShape(op, input);
  return adaptivePoolGeometry({ height, width, channels }, options.outputSize);
}
