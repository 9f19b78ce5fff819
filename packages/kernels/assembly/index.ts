// No heap, no mutable statics: a replica outlives its thread, and instantiating the module again over the same memory
// must change nothing in it.
export { averagePoolBackward, averagePoolForward, maxPoolBackward, maxPoolForward } from './pool';
export {
  batchNormApply, batchNormBackwardApply, batchNormBackwardSums, batchNormCombine, batchNormFinish, batchNormInverse,
  batchNormParameterGradient, batchNormStatistics, treeSumDouble,
} from './batch-norm';
export { convolutionWeightGradient, convolve, packTransposed, packWeights, pad, panelWidth, weightGradientScratchBytes } from './convolution';
export { exponential, logarithm } from './exponential';
export { transposePlanes } from './flatten';
export { add, columnSums, treeSum } from './reduce';
export { reluBackward, reluForward } from './relu';
export { sgd } from './sgd';
export { softmax, softmaxCrossEntropy } from './softmax-cross-entropy';
export { winogradConvolve, winogradPackForward, winogradPackTransposed, winogradWeightGradient } from './winograd';

/** First byte that the module's own data leaves free. */
export function heapBase(): usize {
  return __heap_base;
}
