export { KernelError, type KernelErrorCode } from './errors.ts';
export { checkInteger, Kernels } from './kernels.ts';
export { Allocator, createMemory, roundToVector, slackBytes } from './memory.ts';
export { type KernelBuild, kernelBuilds, kernelModule, kernelsSha256, loadKernels } from './module.ts';
export { type AdagradPointers, type AdagradStep, adagrad } from './ops/adagrad.ts';
export { type AdamPointers, type AdamStep, adam } from './ops/adam.ts';
export { addBias } from './ops/add-bias.ts';
export * from './ops/batch-norm.ts';
export * from './ops/batch-norm-residual.ts';
export { type BcePointers, type BceSize, bceWithLogitsLoss } from './ops/bce-with-logits-loss.ts';
export { blend, blendConstant } from './ops/blend.ts';
export { blendGrey } from './ops/blend-grey.ts';
export { byteExtremes } from './ops/byte-extremes.ts';
export { byteSum } from './ops/byte-sum.ts';
export {
  allocateConvolution,
  Convolution,
  type ConvolutionMemory,
  type WeightGradientShard,
} from './ops/convolution.ts';
export {
  type AlgorithmChoice,
  addsInputGradient,
  algorithmChoices,
  type ConvolutionAlgorithm,
  type ConvolutionAlgorithms,
  convolutionAlgorithm,
  convolutionAlgorithms,
  directAlgorithms,
} from './ops/convolution-algorithm.ts';
export {
  type Border,
  type ConvolutionGeometry,
  type ConvolutionShape,
  convolutionGeometry,
} from './ops/convolution-geometry.ts';
export type { ConvolutionPasses } from './ops/convolution-passes.ts';
export { copyColumns } from './ops/copy-columns.ts';
export { copyRows } from './ops/copy-rows.ts';
export { type DropoutStream, dropout, dropoutScratchBytes } from './ops/dropout.ts';
export { transposePlanes } from './ops/flatten.ts';
export { flipHorizontal, flipVertical } from './ops/flip.ts';
export { geluBackward, geluForward, geluTanhBackward, geluTanhForward } from './ops/gelu.ts';
export { desaturate, grey } from './ops/grey.ts';
export { type GroupNormSize, groupNormBackward, groupNormForward, groupNormScratchFloats } from './ops/group-norm.ts';
export { hardSigmoidBackward, hardSigmoidForward } from './ops/hard-sigmoid.ts';
export { hardSwishBackward, hardSwishForward } from './ops/hard-swish.ts';
export { histogram, histogramScratchBytes } from './ops/histogram.ts';
export * from './ops/jpeg-coefficients.ts';
export * from './ops/jpeg-huffman-table.ts';
export * from './ops/jpeg-inverse-dct.ts';
export * from './ops/jpeg-pixels.ts';
export { jpegMostBytes, jpegStreamBytes, jpegUnstuff } from './ops/jpeg-unstuff.ts';
export { type LarsPointers, type LarsStep, lars } from './ops/lars.ts';
export {
  type LayerNormSize,
  layerNormBackward,
  layerNormForward,
  layerNormParameterGradient,
} from './ops/layer-norm.ts';
export { leakyReluBackward, leakyReluForward } from './ops/leaky-relu.ts';
export { type LionPointers, type LionStep, lion } from './ops/lion.ts';
export {
  type LocalResponseNormSize,
  localResponseNormBackward,
  localResponseNormForward,
  localResponseNormScratchFloats,
} from './ops/local-response-norm.ts';
export {
  allocateLocallyConnected,
  LocallyConnected,
  type LocallyConnectedMemory,
  type LocallyConnectedShard,
} from './ops/locally-connected.ts';
export { lookUp } from './ops/look-up.ts';
export type { LossPointers } from './ops/loss-checks.ts';
export { lpPoolBackward, lpPoolForward } from './ops/lp-pool.ts';
export { type MatmulSize, matmul, matmulScratchFloats } from './ops/matmul.ts';
export { maxUnpoolBackward, maxUnpoolForward } from './ops/max-unpool.ts';
export { mseLoss } from './ops/mse-loss.ts';
export { multiply, multiplyChannels, multiplyChannelsGradient } from './ops/multiply.ts';
export { normalise } from './ops/normalise.ts';
export {
  type Pad2dGeometry,
  type Pad2dMode,
  pad2dBackward,
  pad2dForward,
  pad2dModes,
  pad2dSize,
} from './ops/pad2d.ts';
export { philox } from './ops/philox.ts';
export type { PictureSize } from './ops/picture-checks.ts';
export {
  averagePoolBackward,
  averagePoolForward,
  maxPoolBackward,
  maxPoolForward,
  type PoolDivisor,
} from './ops/pool.ts';
export {
  adaptivePoolGeometry,
  outputSize,
  type PoolGeometry,
  type PoolShape,
  poolGeometry,
} from './ops/pool-geometry.ts';
export { posterize } from './ops/posterize.ts';
export { type PreluSize, preluBackward, preluForward, preluParameterGradient } from './ops/prelu.ts';
export { add, columnSums, treeSum } from './ops/reduce.ts';
export { reluBackward, reluForward } from './ops/relu.ts';
export { relu6Backward, relu6Forward } from './ops/relu6.ts';
export {
  type AffineCoefficients,
  affineBilinear,
  affineNearest,
  type PerspectiveCoefficients,
  perspectiveBilinear,
  perspectiveNearest,
  type ResamplePlaces,
  resampleScratchBytes,
} from './ops/resample.ts';
export { type ResizeWeights, resizeColumns, resizeRows } from './ops/resize.ts';
export { type RmspropPointers, type RmspropStep, rmsprop } from './ops/rmsprop.ts';
export { type ByteLine, scaleBytes, scaleScratchBytes } from './ops/scale-bytes.ts';
export { type SgdPointers, type SgdStep, sgd } from './ops/sgd.ts';
export { sigmoidBackward, sigmoidForward } from './ops/sigmoid.ts';
export { siluBackward, siluForward } from './ops/silu.ts';
export { smooth } from './ops/smooth.ts';
export { softMarginLoss } from './ops/soft-margin-loss.ts';
export { softmaxBackward, softmaxForward } from './ops/softmax.ts';
export {
  type CrossEntropyOptions,
  type CrossEntropyPointers,
  softmax,
  softmaxCrossEntropy,
} from './ops/softmax-cross-entropy.ts';
export { solarize, solarizeAdd } from './ops/solarize.ts';
export { squareSum } from './ops/square-sum.ts';
export { tanhBackward, tanhForward } from './ops/tanh.ts';
export { TransposedConvolution, transposedOutputSize } from './ops/transposed-convolution.ts';
export { turnHue } from './ops/turn-hue.ts';
export {
  type UpsampleGeometry,
  type UpsampleShape,
  upsampleBackward,
  upsampleForward,
  upsampleGeometry,
} from './ops/upsample.ts';
export { type KernelProbe, probeKernels } from './probe.ts';
export { pseudoRandom } from './pseudo-random.ts';
export * as reference from './reference/index.ts';
export { bestRate, registerTilePeak } from './register-tile-peak.ts';
export { requestRevectorization } from './request-revectorization.ts';
export { selfCheck, selfCheckBytes } from './self-check.ts';
export { Workspace } from './workspace.ts';
