import type { UpsampleGeometry } from '../ops/upsample.ts';

/** The pixels of the input that output i of an axis is made of, with their weights. Places are in float32, see ops/upsample.ts. */
function parts(g: UpsampleGeometry, which: 0 | 1, i: number): (readonly [pixel: number, weight: number])[] {
  const last = (which === 0 ? g.height : g.width) - 1;
  const scale = g.scale[which];
  if (g.mode === 'nearest') return [[Math.min(Math.floor(Math.fround(i * scale)), last), 1]];
  const at = g.alignCorners ? i * scale : Math.fround((i + 0.5) * scale) - 0.5;
  const place = Math.min(Math.max(Math.fround(at), 0), last);
  const first = Math.floor(place);
  return [
    [first, 1 - (place - first)],
    [Math.min(first + 1, last), place - first],
  ];
}

function forEachPart(g: UpsampleGeometry, images: number, visit: (y: number, x: number, weight: number) => void): void {
  let y = 0;
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < g.outputHeight; i++) {
      for (let j = 0; j < g.outputWidth; j++) {
        for (let c = 0; c < g.channels; c++, y++) {
          for (const [h, down] of parts(g, 0, i)) {
            for (const [w, right] of parts(g, 1, j)) {
              visit(y, ((n * g.height + h) * g.width + w) * g.channels + c, down * right);
            }
          }
        }
      }
    }
  }
}

/** y = Σ weight·x */
export function upsampleForward(g: UpsampleGeometry, images: number, x: ArrayLike<number>): number[] {
  const y = new Array<number>(images * g.outputHeight * g.outputWidth * g.channels).fill(0);
  forEachPart(g, images, (to, from, weight) => {
    y[to]! += weight * x[from]!;
  });
  return y;
}

/** ∂L/∂x = Σ weight·∂L/∂y */
export function upsampleBackward(g: UpsampleGeometry, images: number, dy: ArrayLike<number>): number[] {
  const dx = new Array<number>(images * g.height * g.width * g.channels).fill(0);
  forEachPart(g, images, (from, to, weight) => {
    dx[to]! += weight * dy[from]!;
  });
  return dx;
}
