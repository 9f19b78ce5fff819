/**
 * What the WebAssembly module exports: each function's arguments, in order. `pointer` is a byte offset into the memory,
 * `int` an int32, `flag` 0 or 1. The TypeScript types and the check at instantiation are both made from this table.
 */
const p = 'pointer';
const i = 'int';
const f = 'float';
const b = 'flag';

export const abi = {
  add: [p, p, i],
  averagePoolBackward: [p, p, i, i, i, i, i, i, i, i],
  averagePoolForward: [p, p, i, i, i, i, i, i, i, i],
  batchNormApply: [p, p, i, i, p, p, p, p, p],
  batchNormBackwardApply: [p, p, p, i, i, p, f, p, p, p, p],
  batchNormBackwardSums: [p, p, i, i, p, p],
  batchNormCombine: [p, p, i, i, p],
  batchNormFinish: [p, f, i, f, f, p, p, p, p, p, p],
  batchNormInverse: [p, i, f, p],
  batchNormParameterGradient: [p, i, p, p, p],
  batchNormStatistics: [p, i, i, p],
  columnSums: [p, i, i, p],
  convolutionWeightGradient: [p, p, i, p, i],
  convolve: [p, p, p, p, p, i, i, i],
  exponential: [f],
  heapBase: [],
  logarithm: [f],
  maxPoolBackward: [p, p, p, p, i, i, i, i, i, i, i, i],
  maxPoolForward: [p, p, i, i, i, i, i, i, i, i],
  packTransposed: [p, p, i, i, i, i, i, i, i, i, i],
  packWeights: [p, p, i, i],
  pad: [p, p, i, i, i, i, i, i, i, i],
  panelWidth: [],
  reluBackward: [p, p, p, i],
  reluForward: [p, p, i],
  sgd: [p, p, p, p, p, i, f, f, f, f, b],
  softmax: [p, p, i, i],
  softmaxCrossEntropy: [p, p, i, i, p, p, p, p],
  transposePlanes: [p, p, i, i, i],
  treeSum: [p, i, i, p, p],
  treeSumDouble: [p, i, i, p],
  weightGradientScratchBytes: [i],
  winogradConvolve: [p, p, p, p, p, i],
  winogradPackForward: [p, p, i, i, p],
  winogradPackTransposed: [p, p, i, i, p],
  winogradWeightGradient: [p, p, p, i, p, p],
} as const satisfies Record<string, readonly ('pointer' | 'int' | 'float' | 'flag')[]>;

type Arguments<Kinds extends readonly unknown[]> = { [Index in keyof Kinds]: number };

/** The module's functions as they are called: numbers in, a number out where there is one. */
export type KernelExports = {
  readonly [Name in keyof typeof abi]: (...values: Arguments<(typeof abi)[Name]>) => number;
};
