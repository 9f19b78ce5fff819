import {
  batchNormApply,
  batchNormBackwardApply,
  batchNormBackwardSums,
  batchNormCombine,
  batchNormFinish,
  batchNormInverse,
  batchNormParameterGradient,
  batchNormScratchFloats,
  batchNormStatistics,
  treeSumDouble,
} from '../ops/batch-norm.ts';
import { batchNormResidualApply, batchNormResidualSums } from '../ops/batch-norm-residual.ts';
import { groupNormBackward, groupNormForward, groupNormScratchFloats } from '../ops/group-norm.ts';
import { layerNormBackward, layerNormForward, layerNormParameterGradient } from '../ops/layer-norm.ts';
import {
  localResponseNormBackward,
  localResponseNormForward,
  localResponseNormScratchFloats,
} from '../ops/local-response-norm.ts';
import type { AbiCase, AbiRefusal } from './abi-case.ts';

const vectors = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 5]));
const applyRegions = {
  x: 15,
  y: 15,
  ...vectors('mean', 'inverse', 'weight', 'bias'),
  scratch: batchNormScratchFloats(5),
};
const applyVectors = ({ mean, inverse, weight, bias, scratch }: Record<string, number>) => ({
  mean: mean!,
  inverse: inverse!,
  weight: weight!,
  bias: bias!,
  scratch: scratch!,
});
const rowSize = (c: Record<string, number>) => ({ rows: c.rows!, length: c.length!, centred: true });
const rowVectors = (at: Record<string, number>) => ({ weight: at.weight!, mean: at.mean!, inverse: at.inverse! });
const groupRegions = { weight: 6, bias: 6, mean: 4, inverse: 4, scratch: groupNormScratchFloats(6) / 2 };
const groupSize = (c: Record<string, number>) => ({
  images: c.images!,
  pixels: c.pixels!,
  channels: c.channels!,
  groups: c.groups!,
});
const groupVectors = (at: Record<string, number>) => ({ ...rowVectors(at), bias: at.bias!, scratch: at.scratch! });
const responseSize = (c: Record<string, number>) => ({
  rows: c.rows!,
  channels: c.channels!,
  size: c.size!,
  alpha: 1,
  beta: 0.75,
  k: 1,
});

export const abiNormCases: readonly AbiCase[] = [
  {
    op: 'batchNormStatistics',
    regions: { x: 15, row: 10, scratch: batchNormScratchFloats(5) },
    doubles: ['row'],
    counts: { pixels: 3, channels: 5 },
    call: ({ k }, at, c) => batchNormStatistics(k, at.x!, c.pixels!, c.channels!, at.row!, at.scratch!),
  },
  {
    op: 'batchNormCombine',
    regions: { rows: 10, counts: 1, merges: 1, whole: 10 },
    doubles: ['rows', 'counts', 'whole'],
    counts: { shards: 1, channels: 5 },
    call: ({ k }, at, c) =>
      batchNormCombine(k, at.rows!, at.counts!, c.shards!, c.channels!, at.merges!, at.whole!),
  },
  {
    op: 'batchNormFinish',
    regions: { row: 10, ...vectors('mean', 'inverse', 'runningMean', 'runningVariance', 'nextMean', 'nextVariance') },
    doubles: ['row'],
    counts: { count: 3, channels: 5 },
    free: ['count'],
    call: ({ k }, { row, mean, inverse, runningMean, runningVariance, nextMean, nextVariance }, c) => {
      const at = { mean: mean!, inverse: inverse!, runningMean: runningMean!, runningVariance: runningVariance! };
      const next = { nextMean: nextMean!, nextVariance: nextVariance! };
      batchNormFinish(k, row!, c.count!, c.channels!, 1e-5, 0.1, { ...at, ...next });
    },
  },
  {
    op: 'batchNormInverse',
    regions: vectors('variance', 'inverse'),
    counts: { channels: 5 },
    call: ({ k }, at, c) => batchNormInverse(k, at.variance!, c.channels!, 1e-5, at.inverse!),
  },
  {
    op: 'batchNormApply',
    regions: applyRegions,
    counts: { pixels: 3, channels: 5 },
    call: ({ k }, { x, y, ...at }, c) => batchNormApply(k, x!, y!, c.pixels!, c.channels!, applyVectors(at)),
  },
  {
    op: 'batchNormResidualApply',
    regions: { ...applyRegions, residual: 15 },
    counts: { pixels: 3, channels: 5 },
    call: ({ k }, { x, residual, y, ...at }, c) =>
      batchNormResidualApply(k, x!, residual!, y!, c.pixels!, c.channels!, applyVectors(at)),
  },
  {
    op: 'batchNormResidualSums',
    regions: { x: 15, y: 15, dy: 15, mean: 5, row: 10, scratch: batchNormScratchFloats(5) },
    doubles: ['row'],
    counts: { pixels: 3, channels: 5 },
    call: ({ k }, { x, y, dy, row, mean, scratch }, c) => {
      const at = { mean: mean!, scratch: scratch! };
      batchNormResidualSums(k, x!, y!, dy!, c.pixels!, c.channels!, row!, at);
    },
  },
  {
    op: 'batchNormBackwardSums',
    regions: { x: 15, dy: 15, mean: 5, row: 10, scratch: batchNormScratchFloats(5) },
    doubles: ['row'],
    counts: { pixels: 3, channels: 5 },
    call: ({ k }, at, c) => batchNormBackwardSums(k, at.x!, at.dy!, c.pixels!, c.channels!, at.mean!, at.row!, at.scratch!),
  },
  {
    op: 'treeSumDouble',
    regions: { rows: 10, merges: 1, sum: 10 },
    doubles: ['rows', 'sum'],
    counts: { shards: 1, length: 10 },
    call: ({ k }, at, c) => treeSumDouble(k, at.rows!, c.shards!, c.length!, at.merges!, at.sum!),
  },
  {
    op: 'batchNormParameterGradient',
    regions: { row: 10, ...vectors('inverse', 'dweight', 'dbias') },
    doubles: ['row'],
    counts: { channels: 5 },
    call: ({ k }, at, c) => batchNormParameterGradient(k, at.row!, c.channels!, at.inverse!, at.dweight!, at.dbias!),
  },
  {
    op: 'batchNormBackwardApply',
    regions: {
      x: 15,
      dy: 15,
      dx: 15,
      row: 10,
      ...vectors('mean', 'inverse', 'weight'),
      scratch: batchNormScratchFloats(5),
    },
    doubles: ['row'],
    counts: { pixels: 3, channels: 5, count: 3 },
    free: ['count'],
    call: ({ k }, { x, dy, dx, row, mean, inverse, weight, scratch }, c) => {
      const at = { row: row!, count: c.count!, mean: mean!, inverse: inverse!, weight: weight!, scratch: scratch! };
      batchNormBackwardApply(k, x!, dy!, dx!, c.pixels!, c.channels!, at);
    },
  },
  {
    op: 'layerNormForward',
    regions: { x: 15, y: 15, weight: 5, bias: 5, mean: 3, inverse: 3 },
    counts: { rows: 3, length: 5 },
    call: ({ k }, at, c) => layerNormForward(k, at.x!, at.y!, rowSize(c), 1e-5, { ...rowVectors(at), bias: at.bias! }),
  },
  {
    op: 'layerNormBackward',
    regions: { x: 15, dy: 15, dx: 15, weight: 5, mean: 3, inverse: 3 },
    counts: { rows: 3, length: 5 },
    call: ({ k }, at, c) => layerNormBackward(k, at.x!, at.dy!, at.dx!, rowSize(c), rowVectors(at)),
  },
  {
    op: 'layerNormParameterGradient',
    regions: { x: 15, dy: 15, mean: 3, inverse: 3, dweight: 5, dbias: 5 },
    optional: ['dbias'],
    counts: { rows: 3, length: 5 },
    call: ({ k }, at, c) =>
      layerNormParameterGradient(k, at.x!, at.dy!, rowSize(c), {
        mean: at.mean!,
        inverse: at.inverse!,
        dweight: at.dweight!,
        dbias: at.dbias!,
      }),
  },
  {
    op: 'groupNormForward',
    regions: { x: 36, y: 36, ...groupRegions },
    doubles: ['scratch'],
    counts: { images: 2, pixels: 3, channels: 6, groups: 2 },
    call: ({ k }, at, c) => groupNormForward(k, at.x!, at.y!, groupSize(c), 1e-5, groupVectors(at)),
  },
  {
    op: 'groupNormBackward',
    regions: { x: 36, dy: 36, dx: 36, ...groupRegions, dweight: 6, dbias: 6 },
    doubles: ['scratch'],
    optional: ['dx', 'dweight', 'dbias'],
    counts: { images: 2, pixels: 3, channels: 6, groups: 2 },
    call: ({ k }, at, c) => {
      const gradients = { dweight: at.dweight!, dbias: at.dbias! };
      groupNormBackward(k, at.x!, at.dy!, at.dx!, groupSize(c), { ...groupVectors(at), ...gradients });
    },
  },
  {
    op: 'localResponseNormForward',
    regions: { x: 15, y: 15, scratch: localResponseNormScratchFloats(responseSize({ rows: 3, channels: 5, size: 4 })) },
    counts: { rows: 3, channels: 5, size: 4 },
    free: ['size'],
    call: ({ k }, at, c) => localResponseNormForward(k, at.x!, at.y!, responseSize(c), at.scratch!),
  },
  {
    op: 'localResponseNormBackward',
    regions: {
      x: 15,
      dy: 15,
      dx: 15,
      scratch: localResponseNormScratchFloats(responseSize({ rows: 3, channels: 5, size: 4 })),
    },
    counts: { rows: 3, channels: 5, size: 4 },
    free: ['size'],
    call: ({ k }, at, c) => localResponseNormBackward(k, at.x!, at.dy!, at.dx!, responseSize(c), at.scratch!),
  },
]; // biome-ignore format: a table

/** What is refused besides pointers and counts. */
export const abiNormRefusals: readonly AbiRefusal[] = [
  ['group norm: groups that do not divide the channels', ({ k }, at) => groupNormForward(k, at, at, { images: 1, pixels: 1, channels: 3, groups: 2 }, 1, { weight: at, bias: at, mean: at, inverse: at, scratch: at })],
  ['group norm: no pixels', ({ k }, at) => groupNormForward(k, at, at, { images: 1, pixels: 0, channels: 2, groups: 2 }, 1, { weight: at, bias: at, mean: at, inverse: at, scratch: at })],
  ['layer norm: negative eps', ({ k }, at) => layerNormForward(k, at, at, { rows: 1, length: 1, centred: true }, -1, { weight: at, bias: at, mean: at, inverse: at })],
  ['layer norm: rows of nothing', ({ k }, at) => layerNormForward(k, at, at, { rows: 1, length: 0, centred: true }, 1, { weight: at, bias: at, mean: at, inverse: at })],
  ['local response norm: k 0', ({ k }, at) => localResponseNormForward(k, at, at, { ...responseSize({ rows: 1, channels: 1, size: 1 }), k: 0 }, at)],
  ['local response norm: negative alpha', ({ k }, at) => localResponseNormForward(k, at, at, { ...responseSize({ rows: 1, channels: 1, size: 1 }), alpha: -1 }, at)],
  ['local response norm: beta that is not a number', ({ k }, at) => localResponseNormBackward(k, at, at, at, { ...responseSize({ rows: 1, channels: 1, size: 1 }), beta: Number.NaN }, at)],
  ['local response norm: windows of nothing', ({ k }, at) => localResponseNormForward(k, at, at, responseSize({ rows: 1, channels: 1, size: 0 }), at)],
  ['batch norm: negative eps', ({ k }, at) => batchNormInverse(k, at, 1, -1, at)],
  ['batch norm: eps that is not a number', ({ k }, at) => batchNormInverse(k, at, 1, Number.NaN, at)],
  ['batch norm: merges that are no tree', ({ k }, at) => batchNormCombine(k, at, at, 2, 1, at, at)],
  ['treeSumDouble: merges that are no tree', ({ k }, at) => treeSumDouble(k, at, 2, 1, at, at)],
]; // biome-ignore format: a table
