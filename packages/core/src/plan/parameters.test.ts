import { describe, expect, it } from 'vitest';
import { resolveGraph } from '../graph/resolve.ts';
import { createModel } from '../models/model.ts';
import { layoutOfShapes } from '../testing/optimiser-run.ts';
import { countParameters, parameterChunks, parameterSlices, stateLayout } from './parameters.ts';

const layoutOf = (model: string) =>
  stateLayout(resolveGraph(createModel(model, { inputShape: [28, 28, 1], classes: 10 })));

const layoutOfSizes = (sizes: readonly number[]) => layoutOfShapes(sizes.map((size) => [size]));

describe('stateLayout', () => {
  it.each(['lenet5', 'small-cnn', 'mlp'])(
    'puts the tensors of %s one after the other, each at a cache line',
    (model) => {
      const { parameters, parameterFloats, buffers, bufferFloats } = layoutOf(model);
      for (const [entries, floats] of [
        [parameters, parameterFloats],
        [buffers, bufferFloats],
      ] as const) {
        let end = 0;
        for (const { offset, size } of entries) {
          expect(offset).toBe(Math.ceil(end / 16) * 16);
          end = offset + size;
        }
        expect(floats).toBe(Math.ceil(end / 16) * 16);
      }
    },
  );

  it('names tensors as PyTorch does, in the order of the nodes, with its shapes', () => {
    const { parameters, buffers } = layoutOf('small-cnn');
    expect(parameters.slice(0, 4).map(({ name, shape }) => [name, shape])).toEqual([
      ['conv1.weight', [16, 1, 3, 3]],
      ['bn1.weight', [16]],
      ['bn1.bias', [16]],
      ['conv2.weight', [32, 16, 3, 3]],
    ]);
    expect(buffers.slice(0, 2).map(({ name, size, initial }) => [name, size, initial])).toEqual([
      ['bn1.running_mean', 16, 0],
      ['bn1.running_var', 16, 1],
    ]);
  });

  it('counts the parameters without the gaps and the running statistics', () => {
    expect(countParameters(layoutOf('lenet5'))).toBe(61_706);
    expect(countParameters(layoutOf('small-cnn'))).toBe(54_778);
    expect(countParameters(layoutOf('mlp'))).toBe(784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10);
  });
});

describe('parameterChunks', () => {
  it('divides each tensor by itself, every 4,096 floats, gaps left out', () => {
    const chunks = parameterChunks(layoutOfSizes([10, 4096, 9000]));
    expect(chunks).toEqual([
      { tensor: 0, begin: 0, end: 10 },
      { tensor: 1, begin: 16, end: 16 + 4096 },
      { tensor: 2, begin: 4112, end: 4112 + 4096 },
      { tensor: 2, begin: 4112 + 4096, end: 4112 + 8192 },
      { tensor: 2, begin: 4112 + 8192, end: 4112 + 9000 },
    ]);
  });
});

describe('parameterSlices', () => {
  it('gives every float to one worker, in whole chunks of tensors, and as evenly as these allow', () => {
    for (const sizes of [
      [],
      [1],
      [4095],
      [10, 4096, 9000],
      [4096, 3, 3, 3, 40_960],
      [200_000, 7],
      new Array(50).fill(33),
    ]) {
      const layout = layoutOfSizes(sizes);
      const { parameterFloats } = layout;
      const boundaries = new Set([0, parameterFloats, ...parameterChunks(layout).map(({ begin }) => begin)]);
      for (let workers = 1; workers <= 40; workers++) {
        const slices = parameterSlices(layout, workers);
        expect(slices).toHaveLength(workers);
        expect(slices[0]!.begin).toBe(0);
        expect(slices.at(-1)!.end).toBe(parameterFloats);
        slices.forEach(({ begin, end }, i) => {
          expect(end).toBe(slices[i + 1]?.begin ?? parameterFloats);
          expect(boundaries.has(begin)).toBe(true);
          // Each boundary is half a chunk from where it ought to be, at most.
          expect(end - begin).toBeLessThanOrEqual(parameterFloats / workers + 4096);
        });
      }
    }
  });
});
