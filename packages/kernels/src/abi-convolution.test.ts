import { describe, expect, it } from 'vitest';
import { allocateConvolution, Convolution } from './ops/convolution.ts';
import { convolutionGeometry } from './ops/convolution-geometry.ts';
import { allocateLocallyConnected, LocallyConnected } from './ops/locally-connected.ts';
import { expectRefused } from './testing/abi-refusals.ts';
import { arenaOf } from './testing/arena.ts';

const geometry = convolutionGeometry({
  height: 3,
  width: 3,
  inChannels: 2,
  outChannels: 5,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
});

describe('the rest of the arguments', () => {
  it.each<[string, (convolution: Convolution, at: number) => void]>([
    ['more images than there is memory for', (convolution, at) => convolution.forward(at, 0, at, 3)],
    [
      'more shards than there is memory for',
      (convolution, at) => convolution.weightGradient(new Array(3).fill({ x: at, dy: at, images: 0, merges: 0 }), at),
    ],
    [
      'merges that are no tree',
      (convolution, at) => convolution.weightGradient([{ x: at, dy: at, images: 1, merges: 1 }], at),
    ],
  ])('convolution: %s', (what, call) => {
    const arena = arenaOf('default');
    const memory = arena.layOut((allocator) => allocateConvolution(arena.k, geometry, 2, 2, allocator, allocator));
    const convolution = new Convolution(arena.k, geometry, 2, memory);
    const at = arena.put(new Float32Array(90));
    expectRefused(arena, 'KERNEL_ARGUMENT', () => call(convolution, at), what);
  });

  it('locally connected: memory that lies outside', () => {
    const arena = arenaOf('default');
    const memory = arena.layOut((allocator) => allocateLocallyConnected(arena.k, geometry, 2, 2, allocator, allocator));
    const outside = { begin: arena.k.memory.buffer.byteLength, end: arena.k.memory.buffer.byteLength + 64 };
    for (const wrong of [
      { ...memory, own: outside },
      { ...memory, scratch: outside },
    ]) {
      const make = () => new LocallyConnected(arena.k, geometry, wrong);
      expectRefused(arena, 'KERNEL_POINTER', make, JSON.stringify(wrong));
    }
  });

  it.each([
    ['height 0', { height: 0 }],
    ['a kernel that does not fit', { kernelSize: [4, 3] as const, padding: [0, 0] as const }],
    ['a dilated kernel that does not fit', { dilation: [3, 3] as const, padding: [1, 1] as const }],
    ['stride 0', { stride: [0, 1] as const }],
    ['negative padding', { padding: [-1, 0] as const }],
    ['half a channel', { inChannels: 0.5 }],
  ])('convolutionGeometry refuses %s', (_, wrong) => {
    expect(() => convolutionGeometry({ ...geometry.shape, ...wrong })).toThrow(
      expect.objectContaining({ name: 'KernelError', code: 'KERNEL_ARGUMENT' }),
    );
  });

  it.each([
    ['the direct', geometry],
    ["Winograd's", convolutionGeometry({ ...geometry.shape, height: 8, width: 8, inChannels: 16, outChannels: 16 })],
    ['the depthwise', convolutionGeometry({ ...geometry.shape, inChannels: 8, outChannels: 8, groups: 8 })],
  ])('%s convolution refuses memory that lies outside, and more images than it was laid out for', (_, of) => {
    const arena = arenaOf('default');
    const memory = arena.layOut((allocator) => allocateConvolution(arena.k, of, 2, 2, allocator, allocator));
    const end = arena.k.memory.buffer.byteLength;
    const outside = { begin: end, end: end + 64 };
    for (const wrong of [
      { ...memory, own: outside },
      { ...memory, scratch: outside },
    ]) {
      expectRefused(arena, 'KERNEL_POINTER', () => new Convolution(arena.k, of, 2, wrong), JSON.stringify(wrong));
    }
    expectRefused(arena, 'KERNEL_ARGUMENT', () => new Convolution(arena.k, of, 3, memory), 'images');
  });
});
