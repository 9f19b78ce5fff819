import type { ResolvedNode } from './resolve.ts';

/**
 * Rows at the bottom and columns at the right of a node's input that no window of it reaches, since its stride does not fit:
 * a convolution or pooling rounds its output's size down. 0 of a node without windows.
 *
 * A 7×7 input, windows of 3×3 and stride 3: one row and one column.
 */
export function droppedPixels({ layer, options, inputs, output }: ResolvedNode): [rows: number, columns: number] {
  const windows = layer.windows?.(options);
  if (!windows) return [0, 0];
  const { kernelSize, stride = kernelSize, padding = [0, 0], dilation = [1, 1] } = windows;
  const dropped = (axis: 0 | 1): number => {
    const end = (output[axis]! - 1) * stride[axis] - padding[axis] + dilation[axis] * (kernelSize[axis] - 1) + 1;
    return Math.max(0, inputs[0]![axis]! - end);
  };
  return [dropped(0), dropped(1)];
}
