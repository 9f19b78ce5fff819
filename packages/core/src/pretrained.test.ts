import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './graph/builder.ts';
import { resolveGraph } from './graph/resolve.ts';
import { conv2d } from './layers/conv2d.ts';
import { globalAvgPool2d } from './layers/global-avg-pool2d.ts';
import { linear } from './layers/linear.ts';
import { relu } from './layers/relu.ts';
import { createModel } from './models/model.ts';
import { stateLayout } from './plan/parameters.ts';
import { pretrainedState } from './pretrained.ts';
import { initialState, type StateDict } from './state.ts';
import { testState } from './testing/network.ts';

const of = (classes: number) => createModel('small-cnn', { inputShape: [8, 8, 1], classes });
const weights = testState(of(10));
const load = (state: StateDict, classes: number) =>
  pretrainedState(resolveGraph(of(classes)), 1, state, 'w.safetensors');

describe('pretrainedState', () => {
  it('takes every tensor where all match', () => {
    const { state, matched, reinitialised } = load(weights, 10);
    expect(state).toEqual(weights);
    expect([...matched].sort()).toEqual([...weights.keys()].sort());
    expect(reinitialised).toEqual([]);
  });

  it('begins the head anew for another number of classes, as the seed has it', () => {
    const { state, matched, reinitialised } = load(weights, 7);
    expect(reinitialised).toEqual(['fc.weight', 'fc.bias']);
    expect(matched).toHaveLength(weights.size - 2);
    expect(state.get('conv3.weight')).toBe(weights.get('conv3.weight'));
    const fresh = initialState(stateLayout(resolveGraph(of(7))), 1);
    for (const name of reinitialised) expect(state.get(name)).toEqual(fresh.get(name));
  });

  it('finds the head behind pooling and activation, and one at each output', () => {
    const net = (classes: number) => {
      const builder = new GraphBuilder('heads', [4, 4, 2]);
      const trunk = builder.add('trunk', conv2d({ outChannels: 3, kernelSize: 1 }), builder.input);
      const main = builder.chain(trunk, [
        ['classifier.1', conv2d({ outChannels: classes, kernelSize: 1 })],
        ['relu', relu()],
        ['pool', globalAvgPool2d()],
      ]);
      const aux = builder.chain(trunk, [
        ['auxPool', globalAvgPool2d()],
        ['aux1.fc2', linear({ outFeatures: classes, bias: false })],
      ]);
      return builder.build(main, aux);
    };
    const { reinitialised } = pretrainedState(resolveGraph(net(4)), 1, testState(net(6)), 'w');
    expect(reinitialised).toEqual(['classifier.1.weight', 'classifier.1.bias', 'aux1.fc2.weight']);
  });

  const tensor = (shape: readonly number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  const changed = (change: (state: Map<string, { shape: readonly number[]; data: Float32Array }>) => void) => {
    const state = new Map(weights);
    change(state);
    return state;
  };

  it('lists all that is missing, left over, or of another shape', () => {
    const state = changed((s) => {
      s.delete('bn1.weight');
      s.set('conv2.weight', tensor([16, 16, 3, 3]));
      s.set('fc.weight', tensor([10, 5]));
      s.set('fc2.weight', tensor([1]));
    });
    expect(() => load(state, 10)).toThrowError(
      expect.objectContaining({
        code: 'STATE_MISMATCH',
        message:
          'w.safetensors does not fit small-cnn: it has no "bn1.weight" of 16; "conv2.weight" is 16x16x3x3, and the network\'s is 32x16x3x3; ' +
          '"fc.weight" is 10x5, and the network\'s is 10x256; the network has no "fc2.weight"',
      }),
    );
  });

  it.each([
    [
      'another layer than the head with other outputs',
      changed((s) => s.set('bn3.bias', tensor([32]))),
      '"bn3.bias" is 32',
    ],
    ['a head without its bias', changed((s) => s.delete('fc.bias')), 'it has no "fc.bias" of 7'],
    [
      'too few values',
      changed((s) => s.set('bn3.bias', { shape: [64], data: new Float32Array(3) })),
      '"bn3.bias" is 64',
    ],
  ])('is strict about %s, also where the head is replaced', (_, state, message) => {
    expect(() => load(state, 7)).toThrowError(message);
  });

  it('does not repeat itself without end', () => {
    const many = new Map(Array.from({ length: 1000 }, (_, i) => [`x${i}.weight`, tensor([1])]));
    expect(() => load(many, 10)).toThrowError(/; and 10\d\d more$/);
  });
});
