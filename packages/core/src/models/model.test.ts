import { describe, expect, it } from 'vitest';
import { resolveGraph } from '../graph/resolve.ts';
import { countParameters, stateLayout } from '../plan/parameters.ts';
import { createModel, modelInfo, modelNames } from './model.ts';

const mnist = { inputShape: [28, 28, 1], classes: 10 };

describe('createModel', () => {
  // As published, or those of the reference implementation where the paper rounds. Of models that torchvision has, torchvision.test.ts
  // compares tensor by tensor. `imgclsmob` are the tables of github.com/osmr/imgclsmob, pytorch/README.md; where nothing is said, the
  // sum over the layers of the paper's table.
  const published: Readonly<Record<string, number>> = {
    mlp: 235_146,
    lenet5: 61_706,
    'small-cnn': 54_778,
    alexnet: 61_100_840,
    // imgclsmob.
    'alexnet-one-column': 62_378_344,
    // github.com/HewlettPackard/dlcookbook-dlbs, of Caffe's.
    'alexnet-two-columns': 60_965_224,
    // github.com/tomgoldstein/loss-landscape, cifar10/models/vgg.py, layer by layer.
    vgg9: 2_789_706,
    'vgg11-cifar': 9_225_610,
    // github.com/kuangliu/pytorch-cifar's VGG16.
    'vgg16-bn-cifar': 14_728_266,
    // Table 2 of the paper: 133, 133, 133, 134, 138, 144 million.
    vgg11: 132_863_336,
    'vgg11-lrn': 132_863_336,
    vgg13: 133_047_848,
    'vgg16-1x1': 133_638_952,
    vgg16: 138_357_544,
    vgg19: 143_667_240,
    'vgg11-bn': 132_868_840,
    'vgg13-bn': 133_053_736,
    'vgg16-1x1-bn': 133_647_400,
    'vgg16-bn': 138_365_992,
    'vgg19-bn': 143_678_248,
    googlenet: 13_004_888,
    'googlenet-no-aux': 6_624_904,
    // imgclsmob, of Caffe's: 11,295,240 with the 10,016 biases that its convolutions have before batch norm.
    'bn-inception': 11_285_224,
    'inception-v3': 27_161_264,
    'inception-v3-no-aux': 23_834_568,
    resnet18: 11_689_512,
    resnet34: 21_797_672,
    'resnet34-a': 21_623_848,
    'resnet34-c': 22_716_840,
    resnet50: 25_557_032,
    resnet101: 44_549_160,
    resnet152: 60_192_808,
    // ResNet-18 without its shortcuts' convolutions and norms; ResNet-34 of kind A likewise.
    plain18: 11_515_688,
    plain34: 21_623_848,
    // Table 6 of the paper, with shortcuts of kind A: 0.27, 0.46, 0.66, 0.85, 1.7 million. Of kind B imgclsmob, for 20, 56 and 110.
    // Those of kind A and the plain ones have the same parameters: a shortcut of kind A has none.
    resnet20: 272_474,
    'resnet20-a': 269_722,
    'resnet20-c': 283_962,
    plain20: 269_722,
    resnet32: 466_906,
    'resnet32-a': 464_154,
    'resnet32-c': 489_594,
    plain32: 464_154,
    resnet44: 661_338,
    'resnet44-a': 658_586,
    'resnet44-c': 695_226,
    plain44: 658_586,
    resnet56: 855_770,
    'resnet56-a': 853_018,
    'resnet56-c': 900_858,
    plain56: 853_018,
    resnet110: 1_730_714,
    'resnet110-a': 1_727_962,
    'resnet110-c': 1_826_202,
    plain110: 1_727_962,
    'resnext50-32x4d': 25_028_904,
    'wide-resnet50-2': 68_883_240,
    // imgclsmob.
    'se-resnet50': 28_088_024,
    // 8.9 million in table 4 of the paper.
    'wide-resnet40-4': 8_949_210,
    // imgclsmob.
    'wide-resnet28-10': 36_479_194,
    densenet121: 7_978_856,
    densenet161: 28_681_000,
    densenet169: 14_149_480,
    densenet201: 20_013_928,
    // imgclsmob, both.
    'densenet100-cifar': 769_162,
    'mobilenet-v1': 4_231_976,
    'mobilenet-v2': 3_504_872,
    'efficientnet-b0': 5_288_548,
    'efficientnet-b1': 7_794_184,
    'efficientnet-b2': 9_109_994,
    'efficientnet-b3': 12_233_232,
    'efficientnet-b4': 19_341_616,
    'efficientnet-b5': 30_389_784,
    'efficientnet-b6': 43_040_704,
    'efficientnet-b7': 66_347_960,
    // timm, results/results-imagenet.csv: 35.69, 63.62, 86.62, 93.21, 129.86, 163.96 and 191.89 million.
    'resnet-rs-50': 35_691_912,
    'resnet-rs-101': 63_618_696,
    'resnet-rs-152': 86_621_576,
    'resnet-rs-200': 93_209_992,
    'resnet-rs-270': 129_861_448,
    'resnet-rs-350': 163_956_168,
    'resnet-rs-420': 191_891_656,
    // Keras' NASNetMobile, imgclsmob.
    'nasnet-a-mobile': 5_289_978,
    // 3.3 million in table 1 of the paper.
    'nasnet-a-cifar': 3_346_538,
    deconvnet: 251_805_653,
    'deep-image-prior': 2_217_831,
  };

  it.each(modelNames())('makes %s with its published number of parameters', (name) => {
    const resolved = resolveGraph(createModel(name, modelInfo(name).original));
    expect(countParameters(stateLayout(resolved))).toBe(published[name]);
  });

  // Torchvision's are in torchvision.test.ts.
  it.each([
    ['resnet-rs-50', 'layer2.3.bn3.weight', { kind: 'constant', value: 0 }],
    ['resnet-rs-50', 'layer2.3.bn2.weight', { kind: 'constant', value: 1 }],
    ['mobilenet-v1', 'features.3.0.0.weight', { kind: 'truncatedNormal', deviation: 0.09, limit: 0.18 }],
    ['alexnet-two-columns', 'conv2.bias', { kind: 'constant', value: 1 }],
    ['vgg16', 'features.5.weight', { kind: 'kaimingNormal', mode: 'fanOut' }],
    ['vgg16', 'classifier.3.weight', { kind: 'normal', deviation: 0.01 }],
    ['wide-resnet40-4', 'fc.bias', { kind: 'constant', value: 0 }],
  ])('starts %s, %s as published', (name, parameter, initialisation) => {
    const { parameters } = stateLayout(resolveGraph(createModel(name, modelInfo(name).original)));
    expect(parameters.find((tensor) => tensor.name === parameter)!.initialiser.initialisation).toEqual(initialisation);
  });

  const maps = new Set(['deconvnet', 'deep-image-prior']);

  it.each(modelNames())('%s takes other sizes, colours and numbers of classes', (name) => {
    const { original } = modelInfo(name);
    const [height, width] = original.inputShape.map((size) => size + (size > 32 ? 9 : 1)) as [number, number];
    const resolved = resolveGraph(createModel(name, { inputShape: [height, width + 32, 2], classes: 7 }));
    const { outputs } = resolved.graph;
    for (const output of outputs) {
      expect(resolved.shapes.get(output)).toEqual(maps.has(name) ? [height, width + 32, 7] : [7]);
    }
    const heads: Record<string, number[]> = { googlenet: [0.3, 0.3], 'inception-v3': [0.4] };
    expect(outputs.slice(1).map((head) => resolved.graph.auxiliary?.[head])).toEqual(heads[name] ?? []);
  });

  it.each([
    ['vgg16', 32],
    ['alexnet', 63],
    ['alexnet-one-column', 67],
    ['inception-v3', 299],
    ['inception-v3-no-aux', 75],
    ['resnet50', 1],
    ['densenet121', 29],
    ['deconvnet', 224],
  ])('says that the smallest picture for %s is of %d²', (name, size) => {
    const { original } = modelInfo(name);
    const of = (side: number) => ({ ...original, inputShape: [side, side, 3] });
    expect(() => createModel(name, of(size))).not.toThrow();
    if (size === 1) return;
    expect(() => createModel(name, of(size - 1))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: expect.stringMatching(
          new RegExp(
            `^${name} cannot take pictures of ${size - 1}x${size - 1}x3: node ".*; the smallest square picture that it takes is ${size}x${size}$`,
          ),
        ),
      }),
    );
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
