import { describe, expect, it } from 'vitest';
import { type LayerCall, sequential } from './graph/builder.ts';
import { droppedPixels } from './graph/dropped-pixels.ts';
import { elements, type Graph } from './graph/graph.ts';
import { resolveGraph } from './graph/resolve.ts';
import { avgPool2d } from './layers/avg-pool2d.ts';
import { convTranspose2d } from './layers/conv-transpose2d.ts';
import { conv2d } from './layers/conv2d.ts';
import { flatten } from './layers/flatten.ts';
import { linear } from './layers/linear.ts';
import { locallyConnected2d } from './layers/locally-connected2d.ts';
import { maxPool2d } from './layers/max-pool2d.ts';
import { createOptimiser } from './optimisers/optimiser.ts';
import { countParameters, stateLayout } from './plan/parameters.ts';
import { Network, testState } from './testing/network.ts';
import { outputOfLayer, shapeOfLayer } from './testing/probe.ts';
import { pseudoRandom, relativeError } from './testing/values.ts';

/** What courses on convolutional networks teach: their own figures, for a reader to find again. */

const parametersOf = (graph: Graph): number => countParameters(stateLayout(resolveGraph(graph)));
const parametersOfLayer = (shape: readonly number[], layer: LayerCall): number =>
  parametersOf(sequential('one', shape, [['layer', layer]]));

/** The output of a convolution with one map in and out, and the given 2-D kernel. */
function correlate(
  x: readonly (readonly number[])[],
  kernel: readonly (readonly number[])[],
  bias = 0,
  padding = 0,
): number[] {
  const [height, width] = [kernel.length, kernel[0]!.length];
  const state = new Map([
    ['layer.weight', { shape: [1, 1, height, width], data: Float32Array.from(kernel.flat()) }],
    ['layer.bias', { shape: [1], data: Float32Array.of(bias) }],
  ]);
  const layer = conv2d({ outChannels: 1, kernelSize: [height, width], padding });
  return [...outputOfLayer([x.length, x[0]!.length, 1], layer, x.flat(), { state })];
}

describe('sizes', () => {
  const sizeOf = (size: number, options: { kernelSize: number; stride?: number; padding?: number | 'same' }) =>
    shapeOfLayer([size, size, 1], conv2d({ outChannels: 1, ...options }))[0];

  it('7x7 input, 3x3 filter: 5 with stride 1, 3 with stride 2, 7 with padding 1; stride 3 does not fit and is rounded down', () => {
    expect(sizeOf(7, { kernelSize: 3 })).toBe(5);
    expect(sizeOf(7, { kernelSize: 3, stride: 2 })).toBe(3);
    expect(sizeOf(7, { kernelSize: 3, padding: 1 })).toBe(7);
    expect(sizeOf(7, { kernelSize: 3, stride: 3 })).toBe(2); // (7 − 3)/3 + 1 = 2.33
    const { nodes } = resolveGraph(
      sequential('dropping', [7, 7, 1], [['conv', conv2d({ outChannels: 1, kernelSize: 3, stride: 3 })]]),
    );
    expect(droppedPixels(nodes[0]!)).toEqual([1, 1]); // six of seven rows and columns are in a window
  });

  it('padding that keeps the size: 1, 2, 3 for filters of 3, 5, 7', () => {
    for (const [kernelSize, padding] of [
      [3, 1],
      [5, 2],
      [7, 3],
    ] as const) {
      expect(sizeOf(32, { kernelSize, padding })).toBe(32);
      expect(sizeOf(32, { kernelSize, padding: 'same' })).toBe(32);
    }
  });

  it('32x32x3: ten 5x5 filters with padding 2 give 32x32x10 by 760 parameters; six 5x5 give 28x28x6', () => {
    const ten = conv2d({ outChannels: 10, kernelSize: 5, padding: 2 });
    expect(shapeOfLayer([32, 32, 3], ten)).toEqual([32, 32, 10]);
    expect(parametersOfLayer([32, 32, 3], ten)).toBe(760);
    expect(shapeOfLayer([32, 32, 3], conv2d({ outChannels: 6, kernelSize: 5 }))).toEqual([28, 28, 6]);
  });
});

describe('parameters', () => {
  it('of a convolution: k²·in·out weights and a bias an output', () => {
    const count = (inChannels: number, outChannels: number, kernelSize: number) =>
      parametersOfLayer([8, 8, inChannels], conv2d({ outChannels, kernelSize }));
    expect(count(1, 1, 1)).toBe(1 + 1);
    expect(count(1, 1, 3)).toBe(9 + 1);
    expect(count(5, 1, 3)).toBe(9 * 5 + 1);
    expect(count(5, 1, 4)).toBe(16 * 5 + 1);
    expect(count(5, 7, 1)).toBe(5 * 7 + 7);
    expect(count(5, 7, 4)).toBe(16 * 5 * 7 + 7);
    expect(count(3, 4, 3)).toBe(112);
  });

  it('of a locally connected layer (K₁K₂ + 1)·N for N outputs, of a shared one (K₁K₂ + 1)·M for M maps', () => {
    // A picture of 9x8; kernels of 3x2 fit it at 7·7 places.
    const options = { outChannels: 4, kernelSize: [3, 2] as [number, number] };
    expect(parametersOfLayer([9, 8, 1], locallyConnected2d(options))).toBe((3 * 2 + 1) * (7 * 7 * 4));
    expect(parametersOfLayer([9, 8, 1], conv2d(options))).toBe((3 * 2 + 1) * 4);
    expect(parametersOfLayer([9, 8, 5], locallyConnected2d(options))).toBe((3 * 2 * 5 + 1) * (7 * 7 * 4));
  });

  it('of a convolution in groups: k²·C/g weights an output', () => {
    const count = (groups: number) =>
      parametersOfLayer([8, 8, 12], conv2d({ outChannels: 24, kernelSize: 3, groups, bias: false }));
    for (const groups of [1, 2, 3, 12]) expect(count(groups)).toBe(((9 * 12) / groups) * 24);
  });

  it('of AlexNet in one column 62,378,344, in two 60,965,224, and its sizes', () => {
    const alexnet = (columns: number) =>
      sequential(
        'alexnet',
        [227, 227, 3],
        [
          ['conv1', conv2d({ outChannels: 96, kernelSize: 11, stride: 4 })],
          ['pool1', maxPool2d({ kernelSize: 3, stride: 2 })],
          ['conv2', conv2d({ outChannels: 256, kernelSize: 5, padding: 2, groups: columns })],
          ['pool2', maxPool2d({ kernelSize: 3, stride: 2 })],
          ['conv3', conv2d({ outChannels: 384, kernelSize: 3, padding: 1 })],
          ['conv4', conv2d({ outChannels: 384, kernelSize: 3, padding: 1, groups: columns })],
          ['conv5', conv2d({ outChannels: 256, kernelSize: 3, padding: 1, groups: columns })],
          ['pool5', maxPool2d({ kernelSize: 3, stride: 2 })],
          ['flatten', flatten()],
          ['fc6', linear({ outFeatures: 4096 })],
          ['fc7', linear({ outFeatures: 4096 })],
          ['fc8', linear({ outFeatures: 1000 })],
        ],
      );
    const { shapes } = resolveGraph(alexnet(1));
    expect([...shapes.values()].slice(0, 9).map((shape) => shape[0])).toEqual([227, 55, 27, 27, 13, 13, 13, 13, 6]);
    expect([1, 2].map((columns) => parametersOf(alexnet(columns)))).toEqual([62_378_344, 60_965_224]);
  });

  /** The blocks of VGG: outputs of each convolution; a number is 3x3, a pair has its own size. */
  function vgg(
    blocks: readonly (readonly (number | readonly [outputs: number, size: number])[])[],
    bias: boolean,
  ): Graph {
    const layers = blocks.flatMap((block, b): (readonly [string, LayerCall])[] => [
      ...block.map((convolution, c) => {
        const [outChannels, kernelSize] = typeof convolution === 'number' ? [convolution, 3] : convolution;
        return [`conv${b}.${c}`, conv2d({ outChannels, kernelSize, padding: (kernelSize - 1) / 2, bias })] as const;
      }),
      [`pool${b}`, maxPool2d({ kernelSize: 2 })],
    ]);
    return sequential(
      'vgg',
      [224, 224, 3],
      [
        ...layers,
        ['flatten', flatten()],
        ['fc0', linear({ outFeatures: 4096, bias })],
        ['fc1', linear({ outFeatures: 4096, bias })],
        ['fc2', linear({ outFeatures: 1000, bias })],
      ],
    );
  }
  const d = [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ];

  it('of VGG-16 without biases, layer by layer', () => {
    const layout = stateLayout(resolveGraph(vgg(d, false)));
    expect(layout.parameters.map(({ size }) => size)).toEqual([
      1_728, 36_864, 73_728, 147_456, 294_912, 589_824, 589_824, 1_179_648, 2_359_296, 2_359_296, 2_359_296, 2_359_296,
      2_359_296, 102_760_448, 16_777_216, 4_096_000,
    ]);
    expect(countParameters(layout)).toBe(138_344_128);
  });

  it('of VGG A to E with biases: 133, 133, 134, 138 and 144 million', () => {
    const a = [[64], [128], [256, 256], [512, 512], [512, 512]];
    const b = [
      [64, 64],
      [128, 128],
      [256, 256],
      [512, 512],
      [512, 512],
    ];
    const c = b.map((block, i) => (i < 2 ? block : [...block, [block[0]!, 1] as const]));
    const e = d.map((block, i) => (i < 2 ? block : [...block, block[0]!]));
    expect([a, b, c, d, e].map((blocks) => Math.round(parametersOf(vgg(blocks, true)) / 1e6))).toEqual([
      133, 133, 134, 138, 144,
    ]);
  });

  it('and the memory that VGG-16 needs for the activations of a picture', () => {
    const { shapes } = resolveGraph(vgg(d, false));
    const thousands = [...shapes]
      .filter(([name]) => name !== 'flatten')
      .map(([, shape]) => Math.round(elements(shape) / 1000));
    expect(thousands).toEqual([
      151, 3211, 3211, 803, 1606, 1606, 401, 803, 803, 803, 201, 401, 401, 401, 100, 100, 100, 100, 25, 4, 4, 1,
    ]);
  });
});

describe('values', () => {
  const x = [
    [200, 150, 150],
    [100, 50, 100],
    [25, 25, 10],
  ];

  it('one picture: cross-correlation with an edge filter 65, maximum 200, mean 90', () => {
    const sobel = [
      [1, 0, -1],
      [2, 0, -2],
      [1, 0, -1],
    ];
    expect(correlate(x, sobel)).toEqual([65]);
    expect(correlate(x, sobel, 0.5)).toEqual([65.5]);
    expect([...outputOfLayer([3, 3, 1], maxPool2d({ kernelSize: 3 }), x.flat())]).toEqual([200]);
    expect([...outputOfLayer([3, 3, 1], avgPool2d({ kernelSize: 3 }), x.flat())]).toEqual([90]);
  });

  it('cross-correlation does not flip its kernel: a point gives it flipped', () => {
    const point = [
      [0, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
    ];
    expect(
      correlate(
        point,
        [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
        0,
        1,
      ),
    ).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('[a b c; d e f; g h i] with [j k; l m]: aj + bk + dl + em, …', () => {
    const [a, b, c, d, e, f, g, h, i] = [2, 3, 5, 7, 11, 13, 17, 19, 23];
    const [j, k, l, m] = [29, 31, 37, 41];
    expect(
      correlate(
        [
          [a, b, c],
          [d, e, f],
          [g, h, i],
        ],
        [
          [j, k],
          [l, m],
        ],
      ),
    ).toEqual([
      a * j + b * k + d * l + e * m,
      b * j + c * k + e * l + f * m,
      d * j + e * k + g * l + h * m,
      e * j + f * k + h * l + i * m,
    ]);
  });
});

describe('duality', () => {
  // One 4x4 map, one 3x3 kernel, and the four outputs are the classes: ∂L/∂y = softmax(y) − one-hot(label).
  const graph = sequential(
    'dual',
    [4, 4, 1],
    [
      ['conv', conv2d({ outChannels: 1, kernelSize: 3, bias: false })],
      ['flatten', flatten()],
    ],
  );
  const network = new Network({ graph, batch: 1, shards: 1, inputGradients: true });
  const state = testState(graph);
  const input = pseudoRandom(16, 4);
  network.load(state);
  network.train({ inputs: { input }, labels: [2] });
  const exponentials = network.tensor('flatten').map(Math.exp);
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  const upstream = Array.from(exponentials, (value, i) => value / total - (i === 2 ? 1 : 0));

  it('∂L/∂K is the cross-correlation of input and upstream gradient: the sum over all uses of each weight', () => {
    const expected = Array.from({ length: 9 }, (_, tap) => {
      const [dy, dx] = [Math.floor(tap / 3), tap % 3];
      return upstream.reduce((sum, g, i) => sum + g * input[(Math.floor(i / 2) + dy) * 4 + (i % 2) + dx]!, 0);
    });
    expect(relativeError(network.gradients().get('conv.weight')!, expected)).toBeLessThan(1e-6);
  });

  it('∂L/∂X is the full convolution of upstream gradient and kernel', () => {
    const kernel = state.get('conv.weight')!.data;
    const expected = Array.from({ length: 16 }, (_, at) => {
      const [y, x] = [Math.floor(at / 4), at % 4];
      let sum = 0;
      for (let ky = 0; ky < 3; ky++)
        for (let kx = 0; kx < 3; kx++) {
          const [i, j] = [y - ky, x - kx];
          if (i >= 0 && i < 2 && j >= 0 && j < 2) sum += upstream[i * 2 + j]! * kernel[ky * 3 + kx]!;
        }
      return sum;
    });
    expect(relativeError(network.inputGradient(), expected)).toBeLessThan(1e-6);
  });

  it('∂L/∂X is what a transposed convolution with the same kernel makes of the upstream gradient', () => {
    const layer = convTranspose2d({ outChannels: 1, kernelSize: 3, bias: false });
    const kernel = new Map([['layer.weight', state.get('conv.weight')!]]);
    const transposed = outputOfLayer([2, 2, 1], layer, upstream, { state: kernel });
    expect(relativeError(network.inputGradient(), transposed)).toBeLessThan(1e-6);
  });

  it("a shared weight's gradient is the sum over its uses: of the weights that a locally connected layer has one a place of", () => {
    const unshared = sequential(
      'unshared',
      [4, 4, 1],
      [
        ['conv', locallyConnected2d({ outChannels: 1, kernelSize: 3, bias: false })],
        ['flatten', flatten()],
      ],
    );
    const local = new Network({ graph: unshared, batch: 1, shards: 1 });
    const kernel = state.get('conv.weight')!.data;
    const data = Float32Array.from({ length: 4 * 9 }, (_, i) => kernel[i % 9]!);
    local.load(new Map([['conv.weight', { shape: [2, 2, 1, 1, 3, 3], data }]]));
    local.train({ inputs: { input }, labels: [2] });
    const each = local.gradients().get('conv.weight')!;
    const sums = Array.from({ length: 9 }, (_, tap) => each[tap]! + each[9 + tap]! + each[18 + tap]! + each[27 + tap]!);
    expect(relativeError(network.gradients().get('conv.weight')!, sums)).toBeLessThan(1e-6);
  });
});

describe('momentum', () => {
  it('w₁ = w₀ − ηg₁; w₂ = w₁ − αηg₁ − ηg₂; w₃ = w₂ − α²ηg₁ − αηg₂ − ηg₃', () => {
    // A linear layer whose gradient is that of its loss, three times: the weights after each step by the formula.
    const graph = sequential('line', [3], [['fc', linear({ outFeatures: 2 })]]);
    const [alpha, eta] = [0.5, 0.125];
    const optimiser = createOptimiser({ name: 'sgd', momentum: alpha, weightDecay: 0, nesterov: false });
    const network = new Network({ graph, batch: 4, shards: 2, optimiser });
    network.load(testState(graph));
    const weights = [network.state().get('fc.weight')!.data];
    const gradients: Float32Array[] = [];
    for (let step = 0; step < 3; step++) {
      network.train({ inputs: { input: pseudoRandom(12, step) }, labels: [0, 1, 1, 0] });
      gradients.push(
        network
          .gradients()
          .get('fc.weight')!
          .map((sum) => sum / 4),
      );
      network.update(eta);
      weights.push(network.state().get('fc.weight')!.data);
    }
    const [w0, w1, w2, w3] = weights as [Float32Array, Float32Array, Float32Array, Float32Array];
    const [g1, g2, g3] = gradients as [Float32Array, Float32Array, Float32Array];
    expect(
      relativeError(
        w1,
        w0.map((w, i) => w - eta * g1[i]!),
      ),
    ).toBeLessThan(2e-7);
    expect(
      relativeError(
        w2,
        w1.map((w, i) => w - alpha * eta * g1[i]! - eta * g2[i]!),
      ),
    ).toBeLessThan(2e-7);
    expect(
      relativeError(
        w3,
        w2.map((w, i) => w - alpha ** 2 * eta * g1[i]! - alpha * eta * g2[i]! - eta * g3[i]!),
      ),
    ).toBeLessThan(2e-7);
  });
});
