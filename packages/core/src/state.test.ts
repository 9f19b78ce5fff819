import { describe, expect, it } from 'vitest';
import { resolveGraph } from './graph/resolve.ts';
import { createModel } from './models/model.ts';
import { stateLayout } from './plan/parameters.ts';
import { initialState, readState, type StateDict, writeState } from './state.ts';
import { testState } from './testing/network.ts';

const graph = createModel('small-cnn', { inputShape: [8, 12, 3], classes: 10 });
const layout = stateLayout(resolveGraph(graph));
const vectors = () => [new Float32Array(layout.parameterFloats), new Float32Array(layout.bufferFloats)] as const;

describe('writeState and readState', () => {
  it('give back every value of every tensor, and copies', () => {
    const state = testState(graph);
    const [parameters, buffers] = vectors();
    writeState(layout, state, parameters, buffers);
    const read = readState(layout, parameters, buffers);
    expect([...read.keys()].sort()).toEqual([...state.keys()].sort());
    for (const [name, tensor] of state) expect(read.get(name), name).toEqual(tensor);
    parameters.fill(0);
    buffers.fill(0);
    expect(read.get('conv1.weight')).toEqual(state.get('conv1.weight'));
    expect(read.get('bn1.running_var')).toEqual(state.get('bn1.running_var'));
  });

  it('turn a convolution from [out, in, height, width] to [height, width, in, out], and a matrix about', () => {
    const [parameters, buffers] = vectors();
    const state = testState(graph);
    writeState(layout, state, parameters, buffers);
    const conv = layout.parameters.find(({ name }) => name === 'conv2.weight')!;
    const [outputs, inputs, height, width] = conv.shape as [number, number, number, number];
    const { data } = state.get('conv2.weight')!;
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++) {
            const inMemory = conv.offset + ((y * width + x) * inputs + i) * outputs + o;
            expect(parameters[inMemory]).toBe(data[((o * inputs + i) * height + y) * width + x]);
          }
    const fc = layout.parameters.find(({ name }) => name === 'fc.weight')!;
    const features = fc.shape[1]!;
    for (const [o, i] of [
      [0, 0],
      [9, 0],
      [3, features - 1],
      [7, 17],
    ] as const) {
      expect(parameters[fc.offset + i * 10 + o]).toBe(state.get('fc.weight')!.data[o * features + i]);
    }
  });

  const changed = (
    change: (state: Map<string, { shape: readonly number[]; data: Float32Array }>) => void,
  ): StateDict => {
    const state = new Map(testState(graph));
    change(state);
    return state;
  };
  it.each([
    [
      'a missing tensor',
      changed((s) => s.delete('fc.bias')),
      'the weights have no tensor "fc.bias" of 10: they are of another network',
    ],
    [
      'a missing buffer',
      changed((s) => s.delete('bn3.running_var')),
      'the weights have no tensor "bn3.running_var" of 64: they are of another network',
    ],
    [
      'another shape',
      changed((s) => s.set('conv1.weight', { shape: [16, 3, 9], data: new Float32Array(432) })),
      'tensor "conv1.weight": expected 16x3x3x3, got 16x3x9 with 432 values',
    ],
    [
      'too few values',
      changed((s) => s.set('fc.bias', { shape: [10], data: new Float32Array(9) })),
      'tensor "fc.bias": expected 10, got 10 with 9 values',
    ],
    [
      'an unknown tensor',
      changed((s) => s.set('fc2.bias', { shape: [1], data: new Float32Array(1) })),
      'the network has no tensor "fc2.bias", but the weights have',
    ],
  ])('refuse %s, and write nothing', (_, state, message) => {
    const [parameters, buffers] = vectors();
    expect(() => writeState(layout, state, parameters, buffers)).toThrowError(
      expect.objectContaining({ name: 'CoreError', code: 'STATE_MISMATCH', message }),
    );
    expect([...parameters, ...buffers].every((value) => value === 0)).toBe(true);
  });

  it('refuse vectors that are too short, and write nothing', () => {
    const [parameters, buffers] = vectors();
    const code = expect.objectContaining({
      code: 'STATE_MISMATCH',
      message: expect.stringContaining('expected vectors of'),
    });
    expect(() => writeState(layout, testState(graph), parameters, buffers.subarray(1))).toThrowError(code);
    expect(() => readState(layout, parameters.subarray(1), buffers)).toThrowError(code);
    expect(parameters.every((value) => value === 0)).toBe(true);
  });

  it('leave what is behind and between the tensors alone', () => {
    const [parameters, buffers] = [
      new Float32Array(layout.parameterFloats + 5).fill(7),
      new Float32Array(layout.bufferFloats + 5).fill(7),
    ];
    const zeros = new Map(
      Array.from(testState(graph), ([name, { shape, data }]) => [name, { shape, data: new Float32Array(data.length) }]),
    );
    writeState(layout, zeros, parameters, buffers);
    const kept = layout.parameters.reduce((sum, { size }) => sum - size, parameters.length);
    expect(parameters.filter((value) => value === 7)).toHaveLength(kept);
    expect(buffers.filter((value) => value === 7)).toHaveLength(5);
  });
});

describe('initialState', () => {
  it("has every tensor with its initialiser: Kaiming for the convolutions, PyTorch's default for the linear layer", () => {
    const state = initialState(layout, 1);
    expect([...state.keys()].sort()).toEqual([...testState(graph).keys()].sort());
    expect(new Set(state.get('bn2.weight')!.data)).toEqual(new Set([1]));
    expect(new Set(state.get('bn2.bias')!.data)).toEqual(new Set([0]));
    expect(new Set(state.get('bn2.running_mean')!.data)).toEqual(new Set([0]));
    expect(new Set(state.get('bn2.running_var')!.data)).toEqual(new Set([1]));
    const conv = state.get('conv3.weight')!.data;
    const deviation = Math.sqrt(conv.reduce((sum, x) => sum + x * x, 0) / conv.length);
    expect(deviation / Math.sqrt(2 / (9 * 32))).toBeCloseTo(1, 1.7);
    const fc = state.get('fc.weight')!;
    const bound = 1 / Math.sqrt(fc.shape[1]!);
    for (const name of ['fc.weight', 'fc.bias']) {
      const { data } = state.get(name)!;
      expect(data.every((x) => Math.abs(x) <= bound)).toBe(true);
      expect(data.some((x) => Math.abs(x) > bound / 2)).toBe(true);
    }
  });

  it('depends on the seed alone, and each tensor on no other', () => {
    const wider = stateLayout(resolveGraph(createModel('small-cnn', { inputShape: [8, 12, 3], classes: 11 })));
    const [one, again, other, wide] = [
      initialState(layout, 1),
      initialState(layout, 1),
      initialState(layout, 2),
      initialState(wider, 1),
    ];
    expect(again).toEqual(one);
    expect(other.get('conv1.weight')).not.toEqual(one.get('conv1.weight'));
    expect(wide.get('fc.weight')!.data.slice(0, 9)).toEqual(one.get('fc.weight')!.data.slice(0, 9));
    expect(wide.get('conv3.weight')).toEqual(one.get('conv3.weight'));
    // Not the same numbers at another scale.
    const signs = (name: string) => [...one.get(name)!.data.slice(0, 64).map(Math.sign)];
    expect(signs('conv2.weight')).not.toEqual(signs('conv3.weight'));
  });
});
