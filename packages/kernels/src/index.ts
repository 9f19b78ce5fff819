export { KernelError, type KernelErrorCode } from './errors.ts';
export { checkInteger, Kernels } from './kernels.ts';
export { Allocator, createMemory, roundToVector, slackBytes } from './memory.ts';
export { type KernelBuild, kernelBuilds, kernelModule } from './module.ts';
export { type AdagradPointers, type AdagradStep, adagrad } from './ops/adagrad.ts';
export { type AdamPointers, type AdamStep, adam } from './ops/adam.ts';
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
  directAlgorithms,
} from './ops/convolution-algorithm.ts';
export { type ConvolutionGeometry, type ConvolutionShape, convolutionGeometry } from './ops/convolution-geometry.ts';
export { transposePlanes } from './ops/flatten.ts';
export { type LarsPointers, type LarsStep, lars } from './ops/lars.ts';
export { type LionPointers, type LionStep, lion } from './ops/lion.ts';
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
export { type RmspropPointers, type RmspropStep, rmsprop } from './ops/rmsprop.ts';
export { type SgdPointers, type SgdStep, sgd } from './ops/sgd.ts';
export { type CrossEntropyPointers, softmax, softmaxCrossEntropy } from './ops/softmax-cross-entropy.ts';
export { squareSum } from './ops/square-sum.ts';
export { type KernelProbe, probeKernels } from './probe.ts';
export { pseudoRandom } from './pseudo-random.ts';
export * as reference from './reference/index.ts';
export { requestRevectorization } from './request-revectorization.ts';
export { selfCheck, selfCheckBytes } from './self-check.ts';
export { Workspace } from './workspace.ts';
