import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { batchNormApply, batchNormBackwardSums, batchNormScratchFloats } from './batch-norm.ts';
import { batchNormResidualApply, batchNormResidualSums } from './batch-norm-residual.ts';
import { add } from './reduce.ts';
import { reluBackward, reluForward } from './relu.ts';

// Its parts are compared with references where they are.

describe('batch norm with a residual connection', () => {
  it.each([undefined, 'relu'] as const)(
    'adds a residual, with %s behind it, to the bits of all apart',
    (activation) => {
      for (const [pixels, channels] of [
        [13, 1],
        [3, 5],
        [70, 8],
        [66, 17],
        [33, 24],
      ] as const) {
        const floats = pixels * channels;
        const [x, residual, dy] = [1, 2, 3].map((seed) => pseudoRandom(floats, channels + seed, 3));
        onEveryBuild((arena) => {
          const [xAt, residualAt, dyAt] = [arena.put(x!), arena.put(residual!), arena.put(dy!)];
          const vector = (seed: number) => arena.put(pseudoRandom(channels, seed));
          const vectors = { mean: vector(4), inverse: vector(5), weight: vector(6), bias: vector(7) };
          const at = { ...vectors, scratch: arena.scratch(batchNormScratchFloats(channels) * 4) };
          const outputs = () => ({ y: arena.output(floats), row: arena.outputDoubles(2 * channels) });
          const [together, apart] = [outputs(), outputs()];
          const masked = arena.output(floats);
          const [overX, overResidual, gradient] = [
            arena.inPlace(arena.put(x!)),
            arena.inPlace(arena.put(residual!)),
            arena.inPlace(arena.put(dy!)),
          ];
          arena.run(() => {
            batchNormApply(arena.k, xAt, apart.y, pixels, channels, at);
            add(arena.k, apart.y, residualAt, floats);
            if (activation) reluForward(arena.k, apart.y, apart.y, floats);
            reluBackward(arena.k, apart.y, dyAt, masked, floats);
            batchNormBackwardSums(arena.k, xAt, masked, pixels, channels, at.mean, apart.row, at.scratch);

            const fused = { ...at, activation };
            batchNormResidualApply(arena.k, xAt, residualAt, together.y, pixels, channels, fused);
            batchNormResidualSums(arena.k, xAt, together.y, gradient, pixels, channels, together.row, at);
            batchNormResidualApply(arena.k, overX, residualAt, overX, pixels, channels, fused);
            batchNormResidualApply(arena.k, xAt, overResidual, overResidual, pixels, channels, fused);
          });
          const bits = (pointer: number) => arena.integers(pointer, floats);
          for (const y of [together.y, overX, overResidual]) expect(bits(y)).toEqual(bits(apart.y));
          expect(bits(gradient)).toEqual(bits(masked));
          expect(arena.doubles(together.row, 2 * channels)).toEqual(arena.doubles(apart.row, 2 * channels));
          const [least, zeros] = [Math.min(...arena.floats(together.y, floats)), [...arena.floats(gradient, floats)]];
          expect(least < 0).toBe(!activation);
          expect(zeros).toContain(0);
          arena.clear();
        });
      }
    },
  );
});
