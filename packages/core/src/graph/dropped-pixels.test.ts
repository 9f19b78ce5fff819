import { describe, expect, it } from 'vitest';
import { avgPool2d } from '../layers/avg-pool2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import type { LayerCall } from './builder.ts';
import { droppedPixels } from './dropped-pixels.ts';
import type { Shape } from './graph.ts';
import { resolveGraph } from './resolve.ts';

function dropped(shape: Shape, { op, options }: LayerCall): readonly number[] {
  const nodes = [{ name: 'layer', op, options, inputs: ['x'] }];
  return droppedPixels(
    resolveGraph({ name: 'one', inputs: [{ name: 'x', shape }], nodes, outputs: ['layer'] }).nodes[0]!,
  );
}

describe('droppedPixels', () => {
  it.each<[string, Shape, LayerCall, readonly [number, number]]>([
    ['a stride that does not fit', [7, 7, 1], conv2d({ outChannels: 1, kernelSize: 3, stride: 3 }), [1, 1]],
    ['one that does', [7, 7, 1], conv2d({ outChannels: 1, kernelSize: 3, stride: 2 }), [0, 0]],
    ['by direction', [7, 8, 1], maxPool2d({ kernelSize: 2, stride: [2, 3] }), [1, 0]],
    ['padding is dropped first', [7, 8, 1], maxPool2d({ kernelSize: 3, stride: 3, padding: 1 }), [0, 0]],
    ['more than the padding', [9, 12, 1], maxPool2d({ kernelSize: 3, stride: 4, padding: 1 }), [0, 2]],
    ['rounded up', [7, 7, 1], avgPool2d({ kernelSize: 3, ceilMode: true }), [0, 0]],
    ['dilated', [8, 9, 1], maxPool2d({ kernelSize: 3, stride: 4, dilation: 2 }), [3, 0]],
    ['no windows', [7, 5, 1], globalAvgPool2d(), [0, 0]],
  ])('%s', (_, shape, layer, expected) => {
    expect(dropped(shape, layer)).toEqual(expected);
  });
});
