import { describe, expect, it } from 'vitest';
import { createImage, type Image } from '../image.ts';
import { perspective, perspectiveCoefficients } from './perspective.ts';

const image: Image = { data: Uint8Array.from({ length: 30 }, (_, i) => i), height: 5, width: 6, channels: 1 };

describe('perspective', () => {
  it('divides by the distance', () => {
    // Column x comes from (x + 0.5)/(1 + (x + 0.5)/10).
    const expected = [0, 1, 2, 2, 3, 3].map((column, i) => [column, Math.floor((i + 0.5) / (1 + (i + 0.5) / 10))]);
    const result = perspective(image, [1, 0, 0, 0, 0, 0.5, 0.1, 0], { resample: 'nearest' });
    expect([...result.data.subarray(0, 6)]).toEqual(expected.map(([, column]) => column));
  });

  it('refuses what is not finite, and corners on a line', () => {
    expect(() => perspective(image, [1, 0, 0, 0, 1, 0, Number.NaN, 0])).toThrow('matrix of finite numbers');
    const line: [number, number][] = [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
    ];
    expect(() => perspectiveCoefficients(image, line as never)).toThrow('of which no three are on a line');
  });

  it('shows the corners where they are wanted', () => {
    const corners: [[number, number], [number, number], [number, number], [number, number]] = [
      [1, 0],
      [5, 1],
      [4, 4],
      [0, 3],
    ];
    const [a, b, c, d, e, f, g, h] = perspectiveCoefficients(image, corners);
    const sources = corners.map(([x, y]) => {
      const divisor = g * x + h * y + 1;
      return [(a * x + b * y + c) / divisor, (d * x + e * y + f) / divisor];
    });
    [
      [0, 0],
      [5, 0],
      [5, 4],
      [0, 4],
    ].forEach(([x, y], i) => {
      expect(sources[i]![0]).toBeCloseTo(x!, 9);
      expect(sources[i]![1]).toBeCloseTo(y!, 9);
    });
    expect(perspective(image, [1, 0, 0, 0, 1, 0, 0, 0], {}, createImage(image)).data).toEqual(image.data);
  });
});
