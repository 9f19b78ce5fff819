import { describe, expect, it } from 'vitest';
import { avgPool2d } from '../layers/avg-pool2d.ts';
import { convTranspose2d } from '../layers/conv-transpose2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { upsample } from '../layers/upsample.ts';
import { createModel, modelInfo } from '../models/model.ts';
import { GraphBuilder, sequential } from './builder.ts';
import { resolveGraph } from './resolve.ts';
import { summarise } from './summary.ts';

const summaryOf = (name: string) => summarise(resolveGraph(createModel(name, modelInfo(name).original)));

// What courses on convolutional networks teach: the tables of VGG-16 and AlexNet.
describe('VGG-16', () => {
  const { layers, memory, parameters, multiplyAdds } = summaryOf('vgg16');
  const table = layers.filter(({ op }) => ['input', 'conv2d', 'maxPool2d', 'linear'].includes(op));

  it('has the memory of the table, in values of a picture', () => {
    const [K, M] = [1e3, 1e6];
    const expected = [
      ...[150 * K, 3.2 * M, 3.2 * M, 800 * K, 1.6 * M, 1.6 * M, 400 * K, 800 * K, 800 * K, 800 * K, 200 * K],
      ...[400 * K, 400 * K, 400 * K, 100 * K, 100 * K, 100 * K, 100 * K, 25 * K, 4096, 4096, 1000],
    ];
    // The lecture's figures are rounded to two digits.
    table.forEach((row, i) => {
      expect(row.memory / expected[i]!, row.name).toBeGreaterThan(0.99);
      expect(row.memory / expected[i]!, row.name).toBeLessThan(1.01);
    });
    expect(table).toHaveLength(expected.length);
  });

  it('has the weights of the table', () => {
    expect(table.filter(({ weights }) => weights > 0).map(({ weights }) => weights)).toEqual([
      ...[1_728, 36_864, 73_728, 147_456, 294_912, 589_824, 589_824, 1_179_648],
      ...[2_359_296, 2_359_296, 2_359_296, 2_359_296, 2_359_296, 102_760_448, 16_777_216, 4_096_000],
    ]);
    expect(layers.reduce((sum, { weights }) => sum + weights, 0)).toBe(138_344_128);
    expect(parameters).toBe(138_357_544);
  });

  it('adds up: the table, and what torchvision has besides', () => {
    const inTable = table.reduce((sum, row) => sum + row.memory, 0);
    expect(inTable).toBe(15_237_608);
    // The pooling to 7×7, and the flattened map.
    expect(memory).toBe(inTable + 2 * 25_088);
    // 15.5 G, as published.
    expect(multiplyAdds).toBe(15_470_264_320);
  });
});

it.each([
  // 1.81 and 4.09 G in torchvision's tables, which have 15.47 for VGG-16.
  ['resnet18', 1_814_073_344],
  ['resnet50', 4_089_184_256],
  // 569 M in table 8 of the paper.
  ['mobilenet-v1', 568_740_352],
  // 0.39 G in table 1 of the paper.
  ['efficientnet-b0', 385_814_752],
  // 564 M in table 2 of the paper.
  ['nasnet-a-mobile', 563_638_816],
])('%s needs as many multiply-adds as published: %d', (name, multiplyAdds) => {
  expect(summaryOf(name).multiplyAdds).toBe(multiplyAdds);
});

it.each([
  ['alexnet-one-column', [227, 55, 27, 27, 13, 13, 13, 13, 6], [3, 96, 96, 256, 256, 384, 384, 256, 256]],
  ['alexnet-two-columns', [227, 55, 27, 27, 13, 13, 13, 13, 6], [3, 96, 96, 256, 256, 384, 384, 256, 256]],
])('%s has the sizes of the paper', (name, sizes, channels) => {
  const maps = summaryOf(name).layers.filter(({ op }) => ['input', 'conv2d', 'maxPool2d'].includes(op));
  expect(maps.map(({ output }) => output)).toEqual(sizes.map((size, i) => [size, size, channels[i]]));
});

describe('receptive fields', () => {
  const fieldOf = (name: string, layer: string) =>
    summaryOf(name).layers.find((row) => row.name === layer)!.receptiveField;

  // Araujo et al. 2019, "Computing receptive fields of convolutional neural networks", table 1; but of ResNet-50,
  // which has 483 there, since torchvision halves the maps in the 3×3 convolutions.
  it.each([
    ['alexnet', 'features.12', 195],
    ['vgg16', 'features.30', 212],
    ['resnet50', 'layer4.2.conv3', 427],
    ['mobilenet-v1', 'features.13.1.0', 315],
  ])('of %s: at %s %d', (name, layer, field) => {
    expect(fieldOf(name, layer)).toEqual([field, field]);
  });

  it('is all where everything is pooled, and by squeeze-and-excitation', () => {
    expect(fieldOf('resnet18', 'avgpool')).toBe('all');
    expect(fieldOf('se-resnet50', 'layer1.0.add')).toBe('all');
    expect(fieldOf('mlp', 'fc1')).toBe('all');
  });

  it('of dilated and oblong windows, the larger of branches, and of maps made larger', () => {
    const net = new GraphBuilder('net', [32, 32, 1]);
    const dilated = net.add(
      'dilated',
      conv2d({ outChannels: 2, kernelSize: [3, 1], dilation: 2, padding: [2, 0] }),
      net.input,
    );
    const joined = net.branches('joined', dilated, [
      [['conv', conv2d({ outChannels: 2, kernelSize: 5, padding: 2 })]],
      [],
    ]);
    const small = net.add('pooled', avgPool2d({ kernelSize: 2 }), joined);
    const up = net.chain(small, [
      ['up', convTranspose2d({ outChannels: 2, kernelSize: 4, stride: 2, padding: 1 })],
      ['after', conv2d({ outChannels: 2, kernelSize: 3, padding: 1 })],
    ]);
    const even = net.add('even', upsample({ scaleFactor: 2, mode: 'bilinear' }), small);
    const { layers } = summarise(resolveGraph(net.build(up, even)));
    const fields = Object.fromEntries(layers.map(({ name, receptiveField }) => [name, receptiveField]));
    expect(fields).toMatchObject({
      input: [1, 1],
      dilated: [5, 1],
      joined: [9, 5],
      pooled: [10, 6],
      // Two pixels of the pooled map, which are two apart.
      up: [12, 8],
      after: [14, 10],
      even: [12, 8],
    });
  });
});

it('says what strides drop, and what overwrites its input', () => {
  const { layers } = summarise(
    resolveGraph(
      sequential(
        'net',
        [7, 8, 1],
        [
          ['conv', conv2d({ outChannels: 2, kernelSize: 3, stride: 3 })],
          ['pool', maxPool2d({ kernelSize: 2 })],
        ],
      ),
    ),
  );
  expect(layers.map(({ dropped }) => dropped)).toEqual([
    [0, 0],
    [1, 2],
    [0, 0],
  ]);
  const [, , relu] = summaryOf('lenet5').layers;
  expect(relu).toMatchObject({ name: 'relu1', memory: 0, weights: 0, output: [28, 28, 6] });
  expect(
    summarise(resolveGraph(sequential('fc', [3], [['fc', linear({ outFeatures: 2, bias: false })]]))).parameters,
  ).toBe(6);
});
