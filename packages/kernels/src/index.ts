export { KernelError, type KernelErrorCode } from './errors.ts';
export { checkInteger, Kernels } from './kernels.ts';
export { Allocator, createMemory, roundToVector, slackBytes } from './memory.ts';
export { type KernelBuild, kernelBuilds, kernelModule } from './module.ts';
export * from './ops/batch-norm.ts';
export {
  allocateConvolution,
  Convolution,
  type ConvolutionMemory,
  type WeightGradientShard,
} from './ops/convolution.ts';
export {
  type ConvolutionAlgorithm,
  type ConvolutionAlgorithms,
  convolutionAlgorithm,
  convolutionAlgorithms,
} from './ops/convolution-algorithm.ts';
export { type ConvolutionGeometry, type ConvolutionShape, convolutionGeometry } from './ops/convolution-geometry.ts';
export { transposePlanes } from './ops/flatten.ts';
export { type MatmulSize, matmul, matmulScratchFloats } from './ops/matmul.ts';
export {
  averagePoolBackward,
  averagePoolForward,
  maxPoolBackward,
  maxPoolForward,
  outputSize,
  type PoolGeometry,
} from './ops/pool.ts';
export { add, columnSums, treeSum } from './ops/reduce.ts';
export { reluBackward, reluForward } from './ops/relu.ts';
export { type SgdPointers, type SgdStep, sgd } from './ops/sgd.ts';
export { type CrossEntropyPointers, softmax, softmaxCrossEntropy } from './ops/softmax-cross-entropy.ts';
export { type KernelProbe, probeKernels } from './probe.ts';
export { pseudoRandom } from './pseudo-random.ts';
export * as reference from './reference/index.ts';
export { requestRevectorization } from './request-revectorization.ts';
export { selfCheck, selfCheckBytes } from './self-check.ts';
export { Workspace } from './workspace.ts';
