/**
 * Writes the register tile whose lanes are pixels: six output channels by 8 or 16 neighbouring pixels of a row, of an input of one
 * channel. Every accumulator is a local of its own, as in tiles.ts.
 */
import { stored } from './stored.ts';

const channels = 6;
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The source of `assembly/pixel-lanes-tile.ts`. @param panelWidth pixels of a tile */
export function pixelLanesSource(panelWidth: 8 | 16): string {
  const vectors = range(panelWidth / 4);
  const each = (text: (k: number) => string): string => range(channels).map(text).join('\n    ');
  return `// Written by scripts/pixel-lanes.ts.
import { madd } from './madd';

/** Pixels and output channels of a tile. */
export const PIXELS: i32 = ${panelWidth};
export const PIXEL_CHANNELS: i32 = ${channels};

/** to[${channels}][${panelWidth}] = bias[${channels}] + the sums over rows and columns of taps of x, rows of which are \`row\` bytes apart, times w[rows][columns][${channels}]. */
export function pixelLanes(x: usize, row: usize, rows: i32, columns: i32, w: usize, bias: usize, to: usize): void {
  ${each((k) => vectors.map((v) => `let c${k}_${v} = v128.load32_splat(bias, ${4 * k});`).join(' '))}
  const run = <usize>columns << 2;
  for (; rows > 0; rows--, x += row) {
    for (let p = x, end = x + run; p < end; p += 4, w += ${4 * channels}) {
      ${vectors.map((v) => `const x${v} = v128.load(p, ${16 * v});`).join(' ')}
      ${each((k) => `const w${k} = v128.load32_splat(w, ${4 * k}); ${vectors.map((v) => `c${k}_${v} = madd(w${k}, x${v}, c${k}_${v});`).join(' ')}`)}
    }
  }
  ${each((k) =>
    stored(vectors.length)
      .map((v) => `v128.store(to, c${k}_${v}, ${4 * panelWidth * k + 16 * v});`)
      .join(' '),
  )}
}
`;
}
