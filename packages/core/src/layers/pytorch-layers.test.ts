import { describe, it } from 'vitest';
import type { Shape } from '../graph/graph.ts';
import { expectAsPyTorch, type LayerCase } from '../testing/layer-oracle.ts';
import { randomResamplings } from '../testing/random-resampling.ts';
import { concat } from './concat.ts';
import { gelu } from './gelu.ts';
import { groupNorm } from './group-norm.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { hardSwish } from './hard-swish.ts';
import { instanceNorm2d } from './instance-norm2d.ts';
import { layerNorm } from './layer-norm.ts';
import { layerNorm2d } from './layer-norm2d.ts';
import { leakyRelu } from './leaky-relu.ts';
import { localResponseNorm } from './local-response-norm.ts';
import { multiply } from './multiply.ts';
import { padChannels } from './pad-channels.ts';
import { prelu } from './prelu.ts';
import { relu } from './relu.ts';
import { relu6 } from './relu6.ts';
import { rmsNorm } from './rms-norm.ts';
import { rmsNorm2d } from './rms-norm2d.ts';
import { sigmoid } from './sigmoid.ts';
import { silu } from './silu.ts';
import { softmax } from './softmax.ts';
import { tanh } from './tanh.ts';

/**
 * Single layers against PyTorch (Debian's, in float64), forward and backward: see goldens/layers.py. The bound is of the
 * largest difference of any element, relative to the tensor's largest; all agree to 7e-7, but for upsampling: it has
 * places between pixels in float32, there as here, and 1e-6 is a rounding of the seventeenth pixel's; and for instance norm, whose
 * sums are of few pixels and cancel.
 */
const toleranceOf = (op: string): number => ({ upsample: 5e-6, instanceNorm2d: 3e-6 })[op] ?? 1e-6;

const map: Shape = [5, 3, 7];
const cases: readonly LayerCase[] = [
  ...[relu(), relu6(), leakyRelu(), leakyRelu({ negativeSlope: 0.3 }), hardSigmoid(), hardSwish(), sigmoid()],
  ...[tanh(), silu(), gelu(), gelu({ approximate: 'tanh' }), softmax(), prelu(), prelu({ numParameters: 7 })],
].flatMap((call): LayerCase[] => [
  [call, map],
  [call, [7]],
]);
const norms: typeof cases = [
  ...[layerNorm(), layerNorm({ elementwiseAffine: false, eps: 0.1 }), layerNorm2d(), rmsNorm(), rmsNorm2d()],
  ...[rmsNorm({ eps: 0.1 }), groupNorm({ numGroups: 7 }), groupNorm({ numGroups: 1, affine: false, eps: 0.1 })],
  ...[instanceNorm2d(), instanceNorm2d({ affine: true, eps: 0.1 }), localResponseNorm({ size: 5 })],
  ...[localResponseNorm({ size: 4, alpha: 2, k: 0.5 }), localResponseNorm({ size: 9, alpha: 1, beta: 1.3, k: 2 })],
].map((call): LayerCase => [call, map]);
const otherNorms: typeof cases = [
  [groupNorm({ numGroups: 3 }), [3, 2, 12]],
  [groupNorm({ numGroups: 3 }), [12]],
  [layerNorm(), [19]],
  [rmsNorm({ elementwiseAffine: false }), [19]],
];
const joining: typeof cases = [
  [multiply(), map, map],
  [multiply(), [19], [19]],
  [multiply(), map, [7]],
  [concat(), map, [5, 3, 1], [5, 3, 4]],
  [concat(), [4], [9]],
  [padChannels({ before: 2, after: 3 }), map],
];

/** Softmax's, the products' and the resamplings' gradients would be next to 0 for large values. */
const limitsOf = (entry: LayerCase) => ({ scale: cases.includes(entry) ? 6 : 2, tolerance: toleranceOf(entry[0].op) });

describe('PyTorch, live', () => {
  it('agrees in every layer, forward and backward', ({ skip }) => {
    const script = new URL('../goldens/layers.py', import.meta.url);
    const all = [...cases, ...norms, ...otherNorms, ...joining, ...randomResamplings(72)];
    if (!expectAsPyTorch(script, all, limitsOf)) skip('there is no PyTorch (Debian: python3-torch) to compare with');
  });
});
