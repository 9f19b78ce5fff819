import { expect, it } from 'vitest';
import { batchNorm1d } from '../layers/batch-norm1d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { softmax } from '../layers/softmax.ts';
import { sequential } from './builder.ts';
import { forTraining } from './heads.ts';
import { resolveGraph } from './resolve.ts';

const net = (...last: Parameters<typeof sequential>[2]) =>
  sequential(
    'net',
    [4, 4, 3],
    [['conv', conv2d({ outChannels: 6, kernelSize: 1 })], ['pool', globalAvgPool2d()], ...last],
  );

it('takes a softmax off the end, and leaves a network with that many outputs as it is', () => {
  const plain = net(['fc', linear({ outFeatures: 10 })]);
  expect(forTraining(plain, 10)).toEqual(plain);
  expect(forTraining(net(['fc', linear({ outFeatures: 10 })], ['softmax', softmax()]), 10)).toEqual(plain);
});

it('makes a head for other classes, of a linear layer or a convolution', () => {
  for (const graph of [net(['fc', linear({ outFeatures: 10 })], ['softmax', softmax()]), net()]) {
    const changed = forTraining(graph, 4);
    expect(resolveGraph(changed).shapes.get(changed.outputs[0]!)).toEqual([4]);
  }
});

it('says where there is no head to change', () => {
  expect(() => forTraining(net(['bn', batchNorm1d()]), 4)).toThrowError(
    'net: its last layer with parameters, "bn", is batchNorm1d: expected linear or conv2d, to have 4 outputs instead',
  );
});
