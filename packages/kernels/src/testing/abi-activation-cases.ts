import type { Kernels } from '../kernels.ts';
import { dropout, dropoutScratchBytes } from '../ops/dropout.ts';
import { geluBackward, geluForward, geluTanhBackward, geluTanhForward } from '../ops/gelu.ts';
import { hardSigmoidBackward, hardSigmoidForward } from '../ops/hard-sigmoid.ts';
import { hardSwishBackward, hardSwishForward } from '../ops/hard-swish.ts';
import { leakyReluBackward, leakyReluForward } from '../ops/leaky-relu.ts';
import { philox } from '../ops/philox.ts';
import { preluBackward, preluForward, preluParameterGradient } from '../ops/prelu.ts';
import { reluBackward, reluForward } from '../ops/relu.ts';
import { relu6Backward, relu6Forward } from '../ops/relu6.ts';
import { sigmoidBackward, sigmoidForward } from '../ops/sigmoid.ts';
import { siluBackward, siluForward } from '../ops/silu.ts';
import { softmaxBackward, softmaxForward } from '../ops/softmax.ts';
import { tanhBackward, tanhForward } from '../ops/tanh.ts';
import type { AbiCase, AbiRefusal } from './abi-case.ts';

type Forward = (k: Kernels, x: number, y: number, length: number) => void;
type Backward = (k: Kernels, kept: number, dy: number, dx: number, length: number) => void;
const pairsOf = (activations: Record<string, readonly [Forward, Backward]>): AbiCase[] =>
  Object.entries(activations).flatMap(([name, [forward, backward]]): AbiCase[] => [
    {
      op: `${name}Forward`,
      regions: { x: 9, y: 9 },
      counts: { length: 9 },
      call: ({ k }, at, c) => forward(k, at.x!, at.y!, c.length!),
    },
    {
      op: `${name}Backward`,
      regions: { kept: 9, dy: 9, dx: 9 },
      counts: { length: 9 },
      call: ({ k }, at, c) => backward(k, at.kept!, at.dy!, at.dx!, c.length!),
    },
  ]);
const prelu = (c: Record<string, number>, slopes: 'shared' | 'channels') => ({
  rows: c.rows!,
  channels: c.channels!,
  slopes,
});

export const abiActivationCases: readonly AbiCase[] = [
  {
    op: 'reluForward',
    regions: { x: 9, y: 9 },
    counts: { length: 9 },
    call: ({ k }, at, c) => reluForward(k, at.x!, at.y!, c.length!),
  },
  {
    op: 'reluBackward',
    regions: { y: 9, dy: 9, dx: 9 },
    counts: { length: 9 },
    call: ({ k }, at, c) => reluBackward(k, at.y!, at.dy!, at.dx!, c.length!),
  },
  ...pairsOf({
    relu6: [relu6Forward, relu6Backward],
    hardSigmoid: [hardSigmoidForward, hardSigmoidBackward],
    hardSwish: [hardSwishForward, hardSwishBackward],
    sigmoid: [sigmoidForward, sigmoidBackward],
    tanh: [tanhForward, tanhBackward],
    silu: [siluForward, siluBackward],
    gelu: [geluForward, geluBackward],
    geluTanh: [geluTanhForward, geluTanhBackward],
    leakyRelu: [
      (k, x, y, length) => leakyReluForward(k, x, y, length, 0.01),
      (k, x, dy, dx, length) => leakyReluBackward(k, x, dy, dx, length, 0.01),
    ],
  }),
  {
    op: 'preluForward, a slope a channel',
    regions: { x: 15, weight: 5, y: 15 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => preluForward(k, at.x!, at.weight!, at.y!, prelu(c, 'channels')),
  },
  {
    op: 'preluForward, one slope',
    regions: { x: 15, weight: 1, y: 15 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => preluForward(k, at.x!, at.weight!, at.y!, prelu(c, 'shared')),
  },
  {
    op: 'preluBackward',
    regions: { x: 15, weight: 5, dy: 15, dx: 15 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => preluBackward(k, at.x!, at.weight!, at.dy!, at.dx!, prelu(c, 'channels')),
  },
  {
    op: 'preluParameterGradient, a slope a channel',
    regions: { x: 15, dy: 15, dweight: 5 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => preluParameterGradient(k, at.x!, at.dy!, at.dweight!, prelu(c, 'channels')),
  },
  {
    op: 'preluParameterGradient, one slope',
    regions: { x: 15, dy: 15, dweight: 1 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => preluParameterGradient(k, at.x!, at.dy!, at.dweight!, prelu(c, 'shared')),
  },
  {
    op: 'softmaxForward',
    regions: { x: 15, y: 15 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => softmaxForward(k, at.x!, at.y!, c.rows!, c.channels!),
  },
  {
    op: 'softmaxBackward',
    regions: { y: 15, dy: 15, dx: 15 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => softmaxBackward(k, at.y!, at.dy!, at.dx!, c.rows!, c.channels!),
  },
  {
    op: 'dropout',
    regions: { x: 10, y: 10, scratch: dropoutScratchBytes / 4 },
    counts: { images: 2, size: 5 },
    call: ({ k }, at, c) => {
      const stream = { seed: 1, purpose: 4, epoch: 2, position: 3, layer: 5 };
      dropout(k, at.x!, at.y!, c.images!, c.size!, stream, 0.5, at.scratch!);
    },
  },
  {
    op: 'philox',
    regions: { out: 32 },
    counts: { words: 32 },
    call: ({ k }, at, c) => philox(k, at.out!, c.words!, [1, 2, 3], [4, 5]),
  },
]; // biome-ignore format: a table

/** What is refused besides pointers and counts. */
export const abiActivationRefusals: readonly AbiRefusal[] = [
  ['softmaxForward: no channels', ({ k }, at) => softmaxForward(k, at, at, 1, 0)],
  ['philox: a number of words that is no multiple of 16', ({ k }, at) => philox(k, at, 8, [1, 2, 3], [4, 5])],
  ['philox: a key that is no word', ({ k }, at) => philox(k, at, 16, [1, 2, 3], [4, 2 ** 32])],
]; // biome-ignore format: a table
