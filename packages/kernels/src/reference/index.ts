/**
 * Every kernel again as a few lines of TypeScript, straight from its formula: plain arrays in, plain arrays out, sums in
 * double precision. What the kernels are tested against, and where to read what they compute.
 */
export * from './adagrad.ts';
export * from './adam.ts';
export * from './add-bias.ts';
export * from './batch-norm.ts';
export * from './bce-with-logits-loss.ts';
export * from './convolution.ts';
export * from './copy-columns.ts';
export * from './dropout.ts';
export * from './flatten.ts';
export * from './gelu.ts';
export * from './group-norm.ts';
export * from './hard-sigmoid.ts';
export * from './hard-swish.ts';
export * from './lars.ts';
export * from './layer-norm.ts';
export * from './leaky-relu.ts';
export * from './lion.ts';
export * from './local-response-norm.ts';
export * from './locally-connected.ts';
export * from './lp-pool.ts';
export * from './matmul.ts';
export * from './max-unpool.ts';
export * from './mse-loss.ts';
export * from './multiply.ts';
export * from './pad2d.ts';
export * from './pool.ts';
export { averagePoolBackward, averagePoolForward, maxPoolBackward, maxPoolForward } from './pool.ts';
export * from './prelu.ts';
export * from './reduce.ts';
export * from './relu.ts';
export * from './relu6.ts';
export * from './rmsprop.ts';
export * from './sgd.ts';
export * from './sigmoid.ts';
export * from './silu.ts';
export * from './soft-margin-loss.ts';
export * from './softmax.ts';
export * from './softmax-cross-entropy.ts';
export * from './square-sum.ts';
export * from './tanh.ts';
export * from './transposed-convolution.ts';
export * from './upsample.ts';
