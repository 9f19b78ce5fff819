import { expect, it } from 'vitest';
import { sequential } from '../graph/builder.ts';
import { Network } from '../testing/network.ts';
import { conv2d } from './conv2d.ts';
import type { ConvolutionLayerMemory } from './convolution-program.ts';
import { flatten } from './flatten.ts';

it("copies pictures only where small ones of several shards go through at once, and one shard's not", () => {
  const graph = sequential(
    'wide',
    [9, 9, 4],
    [
      ['large', conv2d({ outChannels: 4, kernelSize: 1 })],
      ['small', conv2d({ outChannels: 8, kernelSize: 9 })],
      ['flatten', flatten()],
    ],
  );
  const copies = (shards: number): boolean[] => {
    const { layers } = new Network({ graph, batch: 4, shards }).plan;
    return layers
      .slice(0, 2)
      .map((memory) => (memory as { convolution: ConvolutionLayerMemory }).convolution.together !== undefined);
  };
  expect(copies(4)).toEqual([false, true]);
  expect(copies(1)).toEqual([false, false]);
});
