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

  // Those of torchvision for 1,000 classes of 224×224; of the networks for 32×32, the paper's table 6 rounds them (0.27 M …).
  it.each([
    ['mobilenet-v2', 224, 1000, 3_504_872],
    ['resnet18', 224, 1000, 11_689_512],
    ['resnet34', 224, 1000, 21_797_672],
    ['resnet20', 32, 10, 272_474],
    ['resnet32', 32, 10, 466_906],
    ['resnet44', 32, 10, 661_338],
    ['resnet56', 32, 10, 855_770],
    ['resnet110', 32, 10, 1_730_714],
    ['vgg11-cifar', 32, 10, 9_225_610],
  ])('makes %s for pictures of %d² and %d classes with %d parameters', (name, size, classes, parameters) => {
    const resolved = resolveGraph(createModel(name, { inputShape: [size, size, 3], classes }));
    expect(countParameters(stateLayout(resolved))).toBe(parameters);
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
