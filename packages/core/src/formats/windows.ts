import { outputSize } from '@lockstep/kernels';

/** Windows over a map as files of others have them: with a border of its own on each side. */
export interface ReadWindows {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Pixels around the map. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The border of TensorFlow's `same`: as many windows as strides begin in the map; what is uneven is more at the end. */
export function sameBorder(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
): readonly [before: number, after: number] {
  const count = Math.ceil(size / stride);
  const total = Math.max(0, (count - 1) * stride + dilation * (kernel - 1) + 1 - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

export const isEven = ({ before, after }: ReadWindows): boolean => before.every((size, i) => size === after[i]);

/**
 * The padding of a pooling of ours, and whether it has `ceilMode`: a border that is larger at the end is what that comes to, if
 * the number of windows is the same. Undefined where it is neither.
 */
export function poolPadding(windows: ReadWindows, size: readonly number[], ceilMode = false) {
  const { kernelSize, stride, dilation, before, after } = windows;
  if (isEven(windows)) return { padding: before, ceilMode };
  const same = before.every((border, i) => {
    const sizes = [kernelSize[i]!, stride[i]!, border, dilation[i]!] as const;
    const reach = dilation[i]! * (kernelSize[i]! - 1) + 1;
    const count = Math.floor((size[i]! + border + after[i]! - reach) / stride[i]!) + 1;
    return outputSize(size[i]!, ...sizes, true) === count;
  });
  return same && !ceilMode ? { padding: before, ceilMode: true } : undefined;
}
