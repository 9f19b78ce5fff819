import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { spacedValues } from '../testing/values.ts';
import { maxPool2d } from './max-pool2d.ts';

describe('maxPool2d', () => {
  it.each([
    ['windows side by side', maxPool2d({ kernelSize: 2 })],
    ['overlapping windows', maxPool2d({ kernelSize: 3, stride: 1 })],
    ['overlapping windows with padding', maxPool2d({ kernelSize: 3, stride: 2, padding: 1 })],
    ['windows with gaps', maxPool2d({ kernelSize: 2, stride: 3 })],
    ['oblong windows', maxPool2d({ kernelSize: [3, 2], stride: [1, 2], padding: [1, 0] })],
    ['a window that reaches over the edge', maxPool2d({ kernelSize: 2, ceilMode: true })],
    ['dilated windows', maxPool2d({ kernelSize: 2, stride: 1, dilation: [2, 3] })],
  ])('has the gradients of its loss: %s', (_, layer) => {
    const batch = { inputs: { input: spacedValues(3 * 5 * 6 * 2, 1, 1 / 32) }, labels: [1, 3, 0] };
    // Values differ by 1/32 at least, and are moved by 1/64 at most.
    expectGradients({ graph: probeGraph([5, 6, 2], layer), batch, h: 1 / 128 });
  });

  it('leaves the padding out, and the rest that no window reaches', () => {
    const x = [-1, -2, -3, -4, -5, -6, -7, -8, -9, -10];
    expect([...outputOfLayer([2, 5, 1], maxPool2d({ kernelSize: 2 }), x)]).toEqual([-1, -3]);
    expect([...outputOfLayer([2, 5, 1], maxPool2d({ kernelSize: 3, stride: 2, padding: 1 }), x)]).toEqual([-1, -2, -4]);
  });

  it('has a last window for the rest with ceilMode, but none that would begin behind the image', () => {
    const x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    expect([...outputOfLayer([2, 5, 1], maxPool2d({ kernelSize: 2, ceilMode: true }), x)]).toEqual([7, 9, 10]);
    expect(shapeOfLayer([4, 5, 1], maxPool2d({ kernelSize: 2, stride: 2, padding: 1, ceilMode: true }))).toEqual([
      3, 3, 1,
    ]);
    expect(shapeOfLayer([5, 5, 1], maxPool2d({ kernelSize: 2, stride: 1, dilation: 4 }))).toEqual([1, 1, 1]);
  });

  it('refuses what does not fit, with layer, shape and parameters', () => {
    expect(() => shapeOfLayer([2, 5, 1], maxPool2d({ kernelSize: 3 }))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message:
          'node "layer": maxPool2d with kernelSize 3x3, stride 3x3 and padding 0x0 does not fit an input of 2x5x1: the output would be 0x1',
      }),
    );
    expect(() => shapeOfLayer([5, 5, 1], maxPool2d({ kernelSize: 3, padding: 2 }))).toThrowError(
      'node "layer": maxPool2d: padding 2x2 is more than half of kernelSize 3x3',
    );
    expect(() => shapeOfLayer([4, 4, 1], maxPool2d({ kernelSize: 3, dilation: 2 }))).toThrowError(
      'maxPool2d with kernelSize 3x3, stride 3x3, dilation 2x2 and padding 0x0 does not fit an input of 4x4x1: the output would be 0x0',
    );
    expect(() => shapeOfLayer([5], maxPool2d({ kernelSize: 2 }))).toThrowError('maxPool2d expects a map');
  });

  it.each([
    {},
    { kernelSize: 0 },
    { kernelSize: [2, 2, 2] },
    { kernelSize: 2, stride: 0 },
    { kernelSize: 2, padding: -1 },
  ])('refuses the options %j', (options) => {
    expect(() => shapeOfLayer([5, 5, 1], { op: 'maxPool2d', options })).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS', message: expect.stringContaining('node "layer" (maxPool2d)') }),
    );
  });
});
