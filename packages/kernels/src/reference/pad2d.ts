// x [images][height][width][channels], y the same with its border.
import type { Pad2dGeometry } from '../ops/pad2d.ts';

/** For each value of y, the index of the x that it repeats; -1 in a constant border. */
function sources({ height, width, channels, border, mode }: Pad2dGeometry, images: number): number[] {
  const from = (at: number, size: number): number => {
    if (at >= 0 && at < size) return at;
    switch (mode) {
      case 'constant':
        return -1;
      case 'reflect':
        return at < 0 ? -at : 2 * size - 2 - at;
      case 'replicate':
        return Math.min(Math.max(at, 0), size - 1);
      case 'circular':
        return (at + size) % size;
    }
  };
  const indices: number[] = [];
  for (let n = 0; n < images; n++) {
    for (let row = -border.top; row < height + border.bottom; row++) {
      for (let column = -border.left; column < width + border.right; column++) {
        const [h, w] = [from(row, height), from(column, width)];
        for (let c = 0; c < channels; c++)
          indices.push(h < 0 || w < 0 ? -1 : ((n * height + h) * width + w) * channels + c);
      }
    }
  }
  return indices;
}

/** y = x with a border. */
export function pad2dForward(g: Pad2dGeometry, images: number, x: ArrayLike<number>, value = 0): number[] {
  return sources(g, images).map((source) => (source < 0 ? value : x[source]!));
}

/** ∂L/∂x = Σ ∂L/∂y over the values of y that repeat it. */
export function pad2dBackward(g: Pad2dGeometry, images: number, dy: ArrayLike<number>): number[] {
  const dx = new Array<number>(images * g.height * g.width * g.channels).fill(0);
  sources(g, images).forEach((source, i) => {
    if (source >= 0) dx[source]! += dy[i]!;
  });
  return dx;
}
