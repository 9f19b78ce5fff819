import { describe, expect, it } from 'vitest';
import { GraphBuilder, type LayerCall } from '../graph/builder.ts';
import { elements } from '../graph/graph.ts';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom, spacedValues } from '../testing/values.ts';
import { add } from './add.ts';
import { gelu } from './gelu.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { hardSwish } from './hard-swish.ts';
import { leakyRelu } from './leaky-relu.ts';
import { linear } from './linear.ts';
import { relu6 } from './relu6.ts';
import { sigmoid } from './sigmoid.ts';
import { silu } from './silu.ts';
import { tanh } from './tanh.ts';

const x = [-7, -3, -2, -0.5, 0, 0.5, 2, 3, 7];
const sigmoidOf = (value: number) => 1 / (1 + Math.exp(-value));
const root = Math.sqrt(2 / Math.PI);

interface Case {
  readonly name: string;
  readonly layer: LayerCall;
  readonly value: (x: number) => number;
  /** It has kinks, at multiples of 3 at most. */
  readonly kinks?: boolean;
}

const cases: readonly Case[] = [
  { name: 'relu6', layer: relu6(), value: (v) => Math.min(Math.max(v, 0), 6), kinks: true },
  { name: 'leakyRelu', layer: leakyRelu(), value: (v) => (v > 0 ? v : 0.01 * v), kinks: true },
  {
    name: 'leakyRelu, slope 1/2',
    layer: leakyRelu({ negativeSlope: 0.5 }),
    value: (v) => (v > 0 ? v : v / 2),
    kinks: true,
  },
  { name: 'hardSigmoid', layer: hardSigmoid(), value: (v) => Math.min(Math.max(v + 3, 0), 6) / 6, kinks: true },
  { name: 'hardSwish', layer: hardSwish(), value: (v) => (v * Math.min(Math.max(v + 3, 0), 6)) / 6, kinks: true },
  { name: 'sigmoid', layer: sigmoid(), value: sigmoidOf },
  { name: 'tanh', layer: tanh(), value: Math.tanh },
  { name: 'silu', layer: silu(), value: (v) => v * sigmoidOf(v) },
  {
    name: 'gelu, tanh',
    layer: gelu({ approximate: 'tanh' }),
    value: (v) => (v / 2) * (1 + Math.tanh(root * (v + 0.044715 * v ** 3))),
  },
];

describe.each(cases)('$name', ({ layer, value, kinks = false }) => {
  it.each([[[3, 2, 3]], [[11]]])('has the gradients of its loss on %j', (shape) => {
    const size = 4 * elements(shape);
    // In steps of 1/4, offset by 1/8: no value is moved over a kink.
    const values = kinks ? spacedValues(size, 1, 1 / 4) : pseudoRandom(size, 1, 2);
    const batch = { inputs: { input: values }, labels: [1, 3, 0, 2] };
    expectGradients({ graph: probeGraph(shape, layer), batch, h: kinks ? 1 / 32 : 1 / 16 });
  });

  it('has the gradients of its loss where its input has another reader, and where it has none', () => {
    const net = new GraphBuilder('residual', [6]);
    const stem = net.add('stem', linear({ outFeatures: 5 }), net.input);
    const sum = net.add('sum', add(), net.add('first', layer, stem), stem);
    const last = net.add('second', layer, net.add('fc1', linear({ outFeatures: 5 }), sum));
    const graph = net.build(net.add('fc2', linear({ outFeatures: 4 }), last));
    const batch = { inputs: { input: pseudoRandom(4 * 6, 1) }, labels: [1, 3, 0, 2] };
    // Small steps and a wide bound, since the kinks are wherever they are.
    expectGradients({ graph, batch, h: 1 / 512, tolerance: 2e-3 });
  });

  it('has its values, on any shape', () => {
    const got = outputOfLayer([x.length], layer, x);
    x.forEach((at, i) => {
      expect(got[i], `of ${at}`).toBeCloseTo(value(at), 6);
    });
    expect(outputOfLayer([3, 3, 1], layer, x)).toEqual(got);
    expect(shapeOfLayer([3, 5, 7], layer)).toEqual([3, 5, 7]);
  });

  it('refuses options that it does not have', () => {
    expect(() => shapeOfLayer([3], { ...layer, options: { inplace: true } })).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS', message: expect.stringContaining('inplace') }),
    );
  });
});

describe('gelu', () => {
  it('has the gradients of its loss', () => {
    const batch = { inputs: { input: pseudoRandom(4 * 18, 1, 2) }, labels: [1, 3, 0, 2] };
    expectGradients({ graph: probeGraph([3, 2, 3], gelu()), batch });
  });

  it('is x·Φ(x)', () => {
    // Φ of Abramowitz and Stegun, table 26.1.
    const expected = [-2 * 0.02275013194817921, 0, 0.6914624612740131 / 2, 0.8413447460685429];
    outputOfLayer([4], gelu(), [-2, 0, 0.5, 1]).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 7);
    });
  });

  it('knows two kinds', () => {
    expect(() => shapeOfLayer([3], { op: 'gelu', options: { approximate: 'sigmoid' } })).toThrowError('node "layer"');
  });
});

describe('leakyRelu', () => {
  it('refuses a negative slope', () => {
    expect(() => shapeOfLayer([3], leakyRelu({ negativeSlope: -1 }))).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS', message: expect.stringContaining('negativeSlope') }),
    );
  });
});
