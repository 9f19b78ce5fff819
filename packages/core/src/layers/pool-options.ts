import { outputSize, type PoolGeometry } from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import { type Shape, shapeText } from '../graph/graph.ts';
import { mapShape } from './options.ts';

/** Options of pooling over square windows. */
export const poolOptions = z.strictObject({
  kernelSize: z.int().min(1),
  /** Defaults to the window's size. */
  stride: z.int().min(1).optional(),
  padding: z.int().min(0).default(0),
});
type Options = z.output<typeof poolOptions>;

export function poolGeometry(
  op: string,
  { kernelSize, stride, padding }: Options,
  input: Shape | undefined,
): PoolGeometry {
  const [height, width, channels] = mapShape(op, input);
  return { height, width, channels, kernelSize: [kernelSize, kernelSize], stride: stride ?? kernelSize, padding };
}

/** @throws CoreError `GRAPH_SHAPE` if no window fits, or the padding is more than half a window. */
export function poolShape(op: string, options: Options, input: Shape | undefined): Shape {
  const { height, width, channels, kernelSize, stride, padding } = poolGeometry(op, options, input);
  const output = [
    outputSize(height, kernelSize[0], stride, padding),
    outputSize(width, kernelSize[1], stride, padding),
  ];
  if (output.some((size) => size < 1)) {
    throw new CoreError(
      'GRAPH_SHAPE',
      `${op} with kernelSize ${options.kernelSize}, stride ${stride} and padding ${padding} does not fit an input of ${shapeText(input ?? [])}: the output would be ${output.join('x')}`,
    );
  }
  if (2 * padding > options.kernelSize) {
    throw new CoreError(
      'GRAPH_SHAPE',
      `${op}: padding ${padding} is more than half of kernelSize ${options.kernelSize}`,
    );
  }
  return [...output, channels];
}
