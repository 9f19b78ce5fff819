import { copyColumns } from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { LayerCall } from '../graph/builder.ts';
import { elements, shapeText } from '../graph/graph.ts';
import { type Layer, plain, type Shard } from './layer.ts';

const options = z.strictObject({});

/**
 * The channels of any number of maps of one height and width, or the features of any number of vectors, one after the other:
 * `torch.cat` with `dim=1`.
 */
export const concat = (): LayerCall => ({ op: 'concat', options: {} });

export const concatLayer: Layer<z.output<typeof options>, undefined> = {
  ...plain,
  op: 'concat',
  options,
  arity: 'any',
  outputShape: (_, inputs) => {
    const space = shapeText(inputs[0]!.slice(0, -1));
    if (inputs.some((input) => shapeText(input.slice(0, -1)) !== space)) {
      throw new CoreError(
        'GRAPH_SHAPE',
        `concat expects vectors, or maps of one height and width, got ${inputs.map(shapeText).join(', ')}`,
      );
    }
    return [...inputs[0]!.slice(0, -1), inputs.reduce((sum, input) => sum + input.at(-1)!, 0)];
  },
  program: ({ kernels, inputs, output, x, y, dy, dx }) => {
    const all = output.at(-1)!;
    const pixels = elements(output) / all;
    let next = 0;
    const parts = inputs.map((input, i) => {
      const columns = input.at(-1)!;
      const offset = next * 4;
      next += columns;
      return { i, columns, offset };
    });
    return {
      forward: parts.map(({ i, columns, offset }) => ({
        kind: 'each',
        run: (shard) =>
          copyColumns(kernels, x(shard, i), columns, y(shard) + offset, all, shard.images * pixels, columns),
      })),
      backward: parts.flatMap(({ i, columns, offset }) => {
        const target = dx[i];
        if (!target) return [];
        const run = (shard: Shard): void =>
          copyColumns(kernels, dy(shard) + offset, all, target(shard), columns, shard.images * pixels, columns);
        return [{ kind: 'each' as const, run }];
      }),
    };
  },
};
