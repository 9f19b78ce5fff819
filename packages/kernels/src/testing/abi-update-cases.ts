import { adagrad } from '../ops/adagrad.ts';
import { adam } from '../ops/adam.ts';
import { lars } from '../ops/lars.ts';
import { lion } from '../ops/lion.ts';
import { rmsprop } from '../ops/rmsprop.ts';
import { sgd } from '../ops/sgd.ts';
import { squareSum } from '../ops/square-sum.ts';
import type { AbiCase, AbiRefusal } from './abi-case.ts';

const step = { samples: 1, learningRate: 1, momentum: 0, weightDecay: 0, nesterov: false };
const adamStep = { ...step, beta1: 0, beta2: 0, eps: 1, correction1: 1, correction2: 1, decoupledWeightDecay: 0 };
const update = (at: Record<string, number>) => ({
  parameters: at.parameters!,
  nextParameters: at.nextParameters!,
  gradient: at.gradient!,
});

export const abiUpdateCases: readonly AbiCase[] = [
  {
    op: 'sgd',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, velocity: 8, nextVelocity: 8 },
    counts: { length: 8 },
    call: ({ k }, { parameters, nextParameters, gradient, velocity, nextVelocity }, c) => {
      const at = { parameters: parameters!, nextParameters: nextParameters!, gradient: gradient! };
      sgd(k, { ...at, velocity: velocity!, nextVelocity: nextVelocity! }, c.length!, step);
    },
  },
  {
    op: 'adam',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, average: 8, nextAverage: 8, squares: 8, nextSquares: 8, largest: 8, nextLargest: 8 },
    counts: { length: 8 },
    call: ({ k }, at, c) => adam(k, { ...update(at), average: at.average!, nextAverage: at.nextAverage!, squares: at.squares!, nextSquares: at.nextSquares!, largest: at.largest!, nextLargest: at.nextLargest! }, c.length!, adamStep),
  },
  {
    op: 'adagrad',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, sum: 8, nextSum: 8 },
    counts: { length: 8 },
    call: ({ k }, at, c) => adagrad(k, { ...update(at), sum: at.sum!, nextSum: at.nextSum! }, c.length!, { ...step, eps: 1 }),
  },
  {
    op: 'rmsprop',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, squares: 8, nextSquares: 8, average: 8, nextAverage: 8, velocity: 8, nextVelocity: 8 },
    counts: { length: 8 },
    call: ({ k }, at, c) => rmsprop(k, { ...update(at), squares: at.squares!, nextSquares: at.nextSquares!, average: at.average!, nextAverage: at.nextAverage!, velocity: at.velocity!, nextVelocity: at.nextVelocity! }, c.length!, { ...step, alpha: 0.5, eps: 1 }),
  },
  {
    op: 'lion',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, average: 8, nextAverage: 8 },
    counts: { length: 8 },
    call: ({ k }, at, c) => lion(k, { ...update(at), average: at.average!, nextAverage: at.nextAverage! }, c.length!, { ...step, beta1: 0.5, beta2: 0.5 }),
  },
  {
    op: 'lars',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, velocity: 8, nextVelocity: 8 },
    counts: { length: 8 },
    call: ({ k }, at, c) => lars(k, { ...update(at), velocity: at.velocity!, nextVelocity: at.nextVelocity! }, c.length!, step),
  },
  {
    op: 'squareSum',
    regions: { x: 9 },
    counts: { length: 9 },
    call: ({ k }, at, c) => {
      squareSum(k, at.x!, c.length!);
    },
  },
]; // biome-ignore format: a table

/** What is refused besides pointers and counts. */
export const abiUpdateRefusals: readonly AbiRefusal[] = [
  ['sgd: a length that is no multiple of 4', ({ k }, at) => sgd(k, { parameters: at, nextParameters: at, gradient: at, velocity: at, nextVelocity: at }, 6, step)],
]; // biome-ignore format: a table
