// No heap, no mutable statics: a replica outlives its thread, and instantiating the module again over the same memory
// must change nothing in it.
export { adagrad } from './adagrad';
export { adam } from './adam';
export { addBias } from './add-bias';
export {
  batchNormApply, batchNormBackwardApply, batchNormBackwardSums, batchNormCombine, batchNormFinish, batchNormInverse,
  batchNormParameterGradient, batchNormStatistics, treeSumDouble,
} from './batch-norm';
export { bceWithLogitsLoss } from './bce-with-logits-loss';
export { blend, blendConstant } from './blend';
export { blendGrey } from './blend-grey';
export { byteExtremes } from './byte-extremes';
export { byteSum } from './byte-sum';
export { convolutionInputGradientListed } from './listed-input-gradient';
export { convolutionWeightGradientListed, listedWeightGradientBytes } from './listed-weight-gradient';
export { convolutionWeightGradient, convolve, packTransposed, packWeights, pad, panelWidth, weightGradientScratchBytes } from './convolution';
export { copyColumns } from './copy-columns';
export { copyRows } from './copy-rows';
export { depthwiseConvolve, depthwisePackTransposed, depthwiseWeightGradient } from './depthwise';
export { dropout } from './dropout';
export { exponential, logarithm } from './exponential';
export { transposePlanes } from './flatten';
export { flipHorizontal, flipVertical } from './flip';
export { gatherTaps } from './gather-taps';
export { geluBackward, geluForward, geluTanhBackward, geluTanhForward } from './gelu';
export { desaturate, grey } from './grey';
export { groupNormBackward, groupNormForward } from './group-norm';
export { hardSigmoidBackward, hardSigmoidForward } from './hard-sigmoid';
export { hardSwishBackward, hardSwishForward } from './hard-swish';
export { histogram } from './histogram';
export { jpegCoefficients } from './jpeg-coefficients';
export { jpegHuffmanTable } from './jpeg-huffman-table';
export { jpegInverseDct } from './jpeg-inverse-dct';
export { jpegPixels } from './jpeg-pixels';
export { jpegUnstuff } from './jpeg-unstuff';
export { karatsubaInput, karatsubaOutput, karatsubaPack, karatsubaProducts, karatsubaTurn } from './karatsuba';
export { lars } from './lars';
export { layerNormBackward, layerNormForward, layerNormParameterGradient } from './layer-norm';
export { leakyReluBackward, leakyReluForward } from './leaky-relu';
export { lion } from './lion';
export { localResponseNormBackward, localResponseNormForward } from './local-response-norm';
export { lookUp } from './look-up';
export { lpPoolBackward, lpPoolForward } from './lp-pool';
export { maxUnpoolBackward, maxUnpoolForward } from './max-unpool';
export { mseLoss } from './mse-loss';
export { multiply, multiplyChannels, multiplyChannelsGradient } from './multiply';
export { normalise } from './normalise';
export { pad2dBackward, pad2dForward } from './pad2d';
export { philox } from './philox';
export { averagePoolBackward, averagePoolForward, maxPoolBackward, maxPoolForward } from './pool';
export { posterize } from './posterize';
export { preluBackward, preluForward, preluParameterGradient, preluSharedGradient } from './prelu';
export { add, columnSums, treeSum } from './reduce';
export { reluBackward, reluForward } from './relu';
export { relu6Backward, relu6Forward } from './relu6';
export { resizeColumns, resizeRows } from './resize';
export { rmsprop } from './rmsprop';
export { scaleBytes } from './scale-bytes';
export { sgd } from './sgd';
export { sigmoidBackward, sigmoidForward } from './sigmoid';
export { siluBackward, siluForward } from './silu';
export { softMarginLoss } from './soft-margin-loss';
export { smooth } from './smooth';
export { softmaxBackward, softmaxForward } from './softmax';
export { softmax, softmaxCrossEntropy } from './softmax-cross-entropy';
export { solarize, solarizeAdd } from './solarize';
export { squareSum } from './square-sum';
export { tanhBackward, tanhForward } from './tanh';
export { affineBilinear, perspectiveBilinear } from './transform-bilinear';
export { affineNearestAdded, affineNearestFixed, perspectiveNearest } from './transform-nearest';
export { turnHue } from './turn-hue';
export { upsampleBilinearBackward, upsampleBilinearForward, upsampleNearestBackward, upsampleNearestForward } from './upsample';
export { winogradConvolve, winogradPackForward, winogradPackTransposed, winogradWeightGradient } from './winograd';

/** First byte that the module's own data leaves free. */
export function heapBase(): usize {
  return __heap_base;
}
