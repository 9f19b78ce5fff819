/**
 * Every kernel again as a few lines of TypeScript, straight from its formula: plain arrays in, plain arrays out, sums in
 * double precision. What the kernels are tested against, and where to read what they compute.
 */
export * from './batch-norm.ts';
export * from './convolution.ts';
export * from './flatten.ts';
export * from './matmul.ts';
export * from './pool.ts';
export * from './reduce.ts';
export * from './relu.ts';
export * from './sgd.ts';
export * from './softmax-cross-entropy.ts';
