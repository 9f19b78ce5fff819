import { lpPoolBackward, lpPoolForward } from '../ops/lp-pool.ts';
import { maxUnpoolBackward, maxUnpoolForward } from '../ops/max-unpool.ts';
import { type Pad2dGeometry, type Pad2dMode, pad2dBackward, pad2dForward, pad2dModes } from '../ops/pad2d.ts';
import { averagePoolBackward, averagePoolForward, maxPoolBackward, maxPoolForward } from '../ops/pool.ts';
import { adaptivePoolGeometry, type PoolGeometry, poolGeometry } from '../ops/pool-geometry.ts';
import {
  type UpsampleGeometry,
  type UpsampleShape,
  upsampleBackward,
  upsampleForward,
  upsampleGeometry,
} from '../ops/upsample.ts';
import type { AbiCase, AbiRefusal } from './abi-case.ts';

const pool = (c: Record<string, number>): PoolGeometry =>
  poolGeometry({
    height: c.height!,
    width: c.width!,
    channels: c.channels!,
    kernelSize: [c.kernelHeight!, c.kernelWidth!],
    stride: [c.stride!, c.stride!],
    padding: [c.padding!, c.padding!],
    dilation: [c.dilation ?? 1, c.dilation ?? 1],
  });
const poolCounts = {
  height: 4,
  width: 6,
  channels: 3,
  kernelHeight: 2,
  kernelWidth: 2,
  stride: 2,
  padding: 0,
  images: 2,
};
const [poolIn, poolOut] = [2 * 4 * 6 * 3, 2 * 2 * 3 * 3];
const adaptive = (c: Record<string, number>): PoolGeometry =>
  adaptivePoolGeometry({ height: c.height!, width: c.width!, channels: c.channels! }, [
    c.outputHeight!,
    c.outputWidth!,
  ]);
/** A constant border may be negative. */
const padBorder = { top: 1, bottom: 2, left: 2, right: 1 };
const pad = (c: Record<string, number>, mode: Pad2dMode): Pad2dGeometry => ({
  height: c.height!,
  width: c.width!,
  channels: c.channels!,
  border: {
    top: c.top ?? padBorder.top,
    bottom: c.bottom ?? padBorder.bottom,
    left: c.left ?? padBorder.left,
    right: c.right ?? padBorder.right,
  },
  mode,
});
const padCounts = (mode: Pad2dMode) => ({
  ...{ height: 3, width: 4, channels: 3, images: 2 },
  ...(mode === 'constant' ? {} : padBorder),
});
const upsample = (c: Record<string, number>, mode: UpsampleShape['mode']): UpsampleGeometry => {
  const size = [c.outputHeight!, c.outputWidth!] as const;
  return upsampleGeometry({ height: c.height!, width: c.width!, channels: c.channels!, size, mode });
};
const upsampleCounts = { height: 2, width: 3, channels: 3, outputHeight: 5, outputWidth: 4, images: 2 };

export const abiPoolCases: readonly AbiCase[] = [
  {
    op: 'maxPoolForward',
    regions: { x: poolIn, y: poolOut },
    apart: ['y', 'x'],
    counts: poolCounts,
    call: ({ k }, at, c) => maxPoolForward(k, pool(c), at.x!, at.y!, c.images!),
  },
  {
    op: 'maxPoolBackward',
    regions: { x: poolIn, y: poolOut, dy: poolOut, dx: poolIn },
    apart: ['dx', 'x', 'y', 'dy'],
    counts: poolCounts,
    call: ({ k }, at, c) => maxPoolBackward(k, pool(c), at.x!, at.y!, at.dy!, at.dx!, c.images!),
  },
  {
    op: 'averagePoolForward',
    regions: { x: poolIn, y: poolOut },
    apart: ['y', 'x'],
    counts: poolCounts,
    call: ({ k }, at, c) => averagePoolForward(k, pool(c), at.x!, at.y!, c.images!),
  },
  {
    op: 'averagePoolBackward',
    regions: { dy: poolOut, dx: poolIn },
    apart: ['dx', 'dy'],
    counts: poolCounts,
    call: ({ k }, at, c) => averagePoolBackward(k, pool(c), at.dy!, at.dx!, c.images!),
  },
  {
    op: 'averagePoolForward of adaptive windows',
    regions: { x: 2 * 5 * 4 * 3, y: 2 * 2 * 3 * 3 },
    counts: { height: 5, width: 4, channels: 3, outputHeight: 2, outputWidth: 3, images: 2 },
    call: ({ k }, at, c) => averagePoolForward(k, adaptive(c), at.x!, at.y!, c.images!),
  },
  {
    op: 'lpPoolForward',
    regions: { x: poolIn, y: poolOut },
    apart: ['y', 'x'],
    counts: poolCounts,
    call: ({ k }, at, c) => lpPoolForward(k, pool(c), at.x!, at.y!, c.images!),
  },
  {
    op: 'lpPoolBackward',
    regions: { x: poolIn, y: poolOut, dy: poolOut, dx: poolIn },
    apart: ['dx', 'x', 'y', 'dy'],
    counts: poolCounts,
    call: ({ k }, at, c) => lpPoolBackward(k, pool(c), at.x!, at.y!, at.dy!, at.dx!, c.images!),
  },
  {
    op: 'maxUnpoolForward',
    regions: { x: poolOut, pooled: poolIn, y: poolIn },
    apart: ['y', 'x', 'pooled'],
    counts: poolCounts,
    call: ({ k }, at, c) => maxUnpoolForward(k, pool(c), at.x!, at.pooled!, at.y!, c.images!),
  },
  {
    op: 'maxUnpoolBackward',
    regions: { pooled: poolIn, dy: poolIn, dx: poolOut },
    apart: ['dx', 'pooled', 'dy'],
    counts: poolCounts,
    call: ({ k }, at, c) => maxUnpoolBackward(k, pool(c), at.pooled!, at.dy!, at.dx!, c.images!),
  },
  ...pad2dModes.flatMap((mode): AbiCase[] => [
    {
      op: `pad2dForward, ${mode}`,
      regions: { x: 2 * 3 * 4 * 3, y: 2 * 6 * 7 * 3 },
      apart: ['y', 'x'],
      counts: padCounts(mode),
      call: ({ k }, at, c) => pad2dForward(k, pad(c, mode), at.x!, at.y!, c.images!),
    },
    {
      op: `pad2dBackward, ${mode}`,
      regions: { dy: 2 * 6 * 7 * 3, dx: 2 * 3 * 4 * 3 },
      apart: ['dx', 'dy'],
      counts: padCounts(mode),
      call: ({ k }, at, c) => pad2dBackward(k, pad(c, mode), at.dy!, at.dx!, c.images!),
    },
  ]),
  ...(['nearest', 'bilinear'] as const).flatMap((mode): AbiCase[] => [
    {
      op: `upsampleForward, ${mode}`,
      regions: { x: 2 * 2 * 3 * 3, y: 2 * 5 * 4 * 3 },
      apart: ['y', 'x'],
    counts: upsampleCounts,
      call: ({ k }, at, c) => upsampleForward(k, upsample(c, mode), at.x!, at.y!, c.images!),
    },
    {
      op: `upsampleBackward, ${mode}`,
      regions: { dy: 2 * 5 * 4 * 3, dx: 2 * 2 * 3 * 3 },
      apart: ['dx', 'dy'],
    counts: upsampleCounts,
      call: ({ k }, at, c) => upsampleBackward(k, upsample(c, mode), at.dy!, at.dx!, c.images!),
    },
  ]),
]; // biome-ignore format: a table

/** What is refused besides pointers and counts. */
export const abiPoolRefusals: readonly AbiRefusal[] = [
  ['max pooling: padding of more than half a window', ({ k }, at) => maxPoolForward(k, pool({ ...poolCounts, padding: 2 }), at, at, 1)],
  ['max pooling: a window that does not fit', ({ k }, at) => maxPoolForward(k, pool({ ...poolCounts, kernelHeight: 5 }), at, at, 1)],
  ['max pooling: stride 0', ({ k }, at) => maxPoolForward(k, pool({ ...poolCounts, stride: 0 }), at, at, 1)],
  ['max pooling: half a dilation', ({ k }, at) => maxPoolForward(k, pool({ ...poolCounts, dilation: 0.5 }), at, at, 1)],
  ['average pooling: dilated windows', ({ k }, at) => averagePoolForward(k, pool({ ...poolCounts, dilation: 2 }), at, at, 1)],
  ['average pooling: divisor 0', ({ k }, at) => averagePoolForward(k, pool(poolCounts), at, at, 1, 0)],
  ['lpPool: padding', ({ k }, at) => lpPoolForward(k, pool({ ...poolCounts, padding: 1 }), at, at, 1)],
  ['lpPool: dilated windows', ({ k }, at) => lpPoolForward(k, pool({ ...poolCounts, dilation: 2 }), at, at, 1)],
  ['lpPool: adaptive windows', ({ k }, at) => lpPoolForward(k, adaptive(upsampleCounts), at, at, 1)],
  ['maxUnpool: adaptive windows', ({ k }, at) => maxUnpoolForward(k, adaptive(upsampleCounts), at, at, at, 1)],
  ['upsample: neither size nor scaleFactor', () => upsampleGeometry({ height: 2, width: 2, channels: 1, mode: 'nearest' })],
  ['upsample: both size and scaleFactor', () => upsampleGeometry({ height: 2, width: 2, channels: 1, mode: 'nearest', size: [4, 4], scaleFactor: [2, 2] })],
  ['upsample: alignCorners with nearest', () => upsampleGeometry({ height: 2, width: 2, channels: 1, mode: 'nearest', size: [4, 4], alignCorners: true })],
  ['upsample: a factor that leaves nothing', () => upsampleGeometry({ height: 2, width: 2, channels: 1, mode: 'nearest', scaleFactor: [0.4, 1] })],
]; // biome-ignore format: a table
