import { describe, expect, it } from 'vitest';
import { resolveGraph } from '../graph/resolve.ts';
import { countParameters, stateLayout } from '../plan/parameters.ts';
import { createModel, modelNames } from './model.ts';

const mnist = { inputShape: [28, 28, 1], classes: 10 };

describe('createModel', () => {
  it.each([
    ['lenet5', 61_706],
    ['mlp', 235_146],
    ['small-cnn', 54_778],
  ])('makes %s with %d parameters for MNIST', (name, parameters) => {
    const resolved = resolveGraph(createModel(name, mnist));
    expect(resolved.shapes.get(resolved.graph.outputs[0]!)).toEqual([10]);
    expect(countParameters(stateLayout(resolved))).toBe(parameters);
    expect(modelNames()).toContain(name);
  });

  it.each(modelNames())('%s takes other sizes, colours and numbers of classes', (name) => {
    const resolved = resolveGraph(createModel(name, { inputShape: [40, 33, 3], classes: 7 }));
    expect(resolved.shapes.get(resolved.graph.outputs[0]!)).toEqual([7]);
  });

  it.each(['resnet1000', 'constructor', '__proto__', 'toString'])(
    'knows no model "%s", and says which there are',
    (name) => {
      expect(() => createModel(name, mnist)).toThrowError(
        expect.objectContaining({
          code: 'MODEL_UNKNOWN',
          message: `there is no model "${name}"; there are ${modelNames().join(', ')}`,
        }),
      );
    },
  );

  it.each([1, 0, 2.5, Number.NaN])('refuses %d classes', (classes) => {
    expect(() => createModel('mlp', { ...mnist, classes })).toThrowError(
      expect.objectContaining({ code: 'MODEL_OPTIONS', message: `mlp: expected at least 2 classes, got ${classes}` }),
    );
  });

  it('refuses pictures that are too small, by the layer', () => {
    expect(() => createModel('lenet5', { inputShape: [11, 28, 1], classes: 10 })).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: expect.stringMatching(
          /^lenet5 cannot take pictures of 11x28x1: node "pool2": maxPool2d with kernelSize 2.* does not fit an input of 1x10x16/,
        ),
      }),
    );
  });
});
