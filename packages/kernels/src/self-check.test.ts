import { describe, expect, it } from 'vitest';
import { Kernels } from './kernels.ts';
import { createMemory } from './memory.ts';
import { kernelBuilds, kernelModule } from './module.ts';
import { selfCheck, selfCheckBytes } from './self-check.ts';

const kernelsOf = (build: (typeof kernelBuilds)[number]): Kernels =>
  new Kernels(kernelModule(build), createMemory(selfCheckBytes));

/** Kernels of which one function is broken: after it ran, `damage` has its arguments. */
function broken(name: keyof Kernels['wasm'], damage: (kernels: Kernels, values: readonly number[]) => void): Kernels {
  const kernels = kernelsOf('default');
  const original: (...values: number[]) => number = kernels.wasm[name];
  const wasm = {
    ...kernels.wasm,
    [name]: (...values: number[]) => {
      const result = original(...values);
      damage(kernels, values);
      return result;
    },
  };
  Object.defineProperty(kernels, 'wasm', { value: wasm });
  return kernels;
}

/** Adds 1 to a float32 of what the pointer in that argument points to. */
const spoil =
  (argument: number, element = 0) =>
  (kernels: Kernels, values: readonly number[]): void => {
    kernels.f32[values[argument]! / 4 + element]! += 1;
  };

describe('selfCheck', () => {
  it.each(kernelBuilds)('passes the %s build', (build) => selfCheck(kernelsOf(build)));

  const convolution = 'convolution 3x3 of 9x7, 5 to 30 channels, stride 1';
  const linear = 'convolution 1x1 of 1x1, 1024 to 256 channels, stride 1';
  it.each<[string, keyof Kernels['wasm'], ReturnType<typeof spoil>]>([
    [`${convolution}, forward`, 'convolve', spoil(4)],
    [`${convolution}, input gradient`, 'packTransposed', spoil(1)],
    [`${convolution}, weight gradient`, 'convolutionWeightGradient', spoil(8)],
    [`${linear}, input gradient`, 'convolutionInputGradientListed', spoil(5)],
    [
      'convolution 3x3 of 8x9, 17 to 9 channels, stride 2, weight gradient',
      'convolutionWeightGradientListed',
      spoil(6),
    ],
    ['max pooling, forward', 'maxPoolForward', spoil(1)],
    ['max pooling, backward', 'maxPoolBackward', spoil(3)],
    ['batch norm, forward', 'batchNormApply', spoil(1)],
    ['batch norm, backward', 'batchNormBackwardApply', spoil(2)],
    ['batch norm, running variance', 'batchNormFinish', spoil(10)],
    ['softmax cross-entropy', 'softmaxCrossEntropy', spoil(10, 1)], // the upper half of a float64
    ['softmax cross-entropy, gradient', 'softmaxCrossEntropy', spoil(9)],
    ['tree sum', 'treeSum', spoil(4)],
    ['sgd', 'sgd', spoil(1)],
  ])('names what is broken: %s', (op, name, damage) => {
    const values =
      'element \\d+ is \\S+, the scalar reference has -?\\d\\S*: these kernels do not work on this machine';
    expect(() => selfCheck(broken(name, damage))).toThrow(
      expect.objectContaining({
        name: 'KernelError',
        code: 'KERNEL_SELF_CHECK',
        message: expect.stringMatching(new RegExp(`^${op}: ${values}`)),
      }),
    );
  });

  it('does not take NaN for agreement', () => {
    const kernels = broken('convolve', (k, values) => {
      k.f32[values[4]! / 4] = Number.NaN;
    });
    expect(() => selfCheck(kernels)).toThrow('forward: element 0 is NaN');
  });
});
