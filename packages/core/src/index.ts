export { checkGradients, type GradientCheck, type GradientCheckOptions } from './check-gradients.ts';
export { CoreError, type CoreErrorCode } from './errors.ts';
export type { BatchPlace } from './execution/batch.ts';
export { Executor } from './executor.ts';
export { encodeOnnx, type OnnxExportOptions } from './formats/onnx/export.ts';
export { decodeOnnx, type OnnxImportOptions } from './formats/onnx/import.ts';
export { byCodePoint, decodeSafetensors, encodeSafetensors } from './formats/safetensors.ts';
export { decodeTfjs } from './formats/tfjs/import.ts';
export { branches, type Chain, GraphBuilder, type LayerCall, residual, sequential } from './graph/builder.ts';
export { droppedPixels } from './graph/dropped-pixels.ts';
export { fitting, withInputShape } from './graph/fitting.ts';
export { foldBatchNorm } from './graph/fold-batch-norm.ts';
export { elements, type Graph, type GraphNode, type Shape, shapeText } from './graph/graph.ts';
export { forTraining } from './graph/heads.ts';
export { type ResolvedGraph, type ResolvedNode, resolveGraph } from './graph/resolve.ts';
export { loadGraph, parseGraph } from './graph/schema.ts';
export { type LayerSummary, type Summary, summarise } from './graph/summary.ts';
export { adaptiveAvgPool2d } from './layers/adaptive-avg-pool2d.ts';
export { adaptiveMaxPool2d } from './layers/adaptive-max-pool2d.ts';
export { add } from './layers/add.ts';
export { avgPool2d } from './layers/avg-pool2d.ts';
export { batchNorm1d } from './layers/batch-norm1d.ts';
export { batchNorm2d } from './layers/batch-norm2d.ts';
export { concat } from './layers/concat.ts';
export { convTranspose2d } from './layers/conv-transpose2d.ts';
export { conv1d } from './layers/conv1d.ts';
export { conv2d } from './layers/conv2d.ts';
export {
  type CustomBackwardPass,
  type CustomLayer,
  type CustomParameter,
  type CustomPass,
  defineLayer,
} from './layers/custom-layer.ts';
export { dropout } from './layers/dropout.ts';
export { flatten } from './layers/flatten.ts';
export { gelu } from './layers/gelu.ts';
export { globalAvgPool2d } from './layers/global-avg-pool2d.ts';
export { groupNorm } from './layers/group-norm.ts';
export { hardSigmoid } from './layers/hard-sigmoid.ts';
export { hardSwish } from './layers/hard-swish.ts';
export { importLayers, importModule, layerModules } from './layers/import-layers.ts';
export { instanceNorm2d } from './layers/instance-norm2d.ts';
export type { Shard } from './layers/layer.ts';
export { layerNorm } from './layers/layer-norm.ts';
export { layerNorm2d } from './layers/layer-norm2d.ts';
export { leakyRelu } from './layers/leaky-relu.ts';
export { linear } from './layers/linear.ts';
export { localResponseNorm } from './layers/local-response-norm.ts';
export { locallyConnected2d } from './layers/locally-connected2d.ts';
export { lpPool2d } from './layers/lp-pool2d.ts';
export { maxPool2d } from './layers/max-pool2d.ts';
export { maxUnpool2d } from './layers/max-unpool2d.ts';
export { multiply } from './layers/multiply.ts';
export { padChannels } from './layers/pad-channels.ts';
export { pad2d } from './layers/pad2d.ts';
export { prelu } from './layers/prelu.ts';
export { relu } from './layers/relu.ts';
export { relu6 } from './layers/relu6.ts';
export { rmsNorm } from './layers/rms-norm.ts';
export { rmsNorm2d } from './layers/rms-norm2d.ts';
export { sigmoid } from './layers/sigmoid.ts';
export { silu } from './layers/silu.ts';
export { softmax } from './layers/softmax.ts';
export { stochasticDepth } from './layers/stochastic-depth.ts';
export { tanh } from './layers/tanh.ts';
export { upsample } from './layers/upsample.ts';
export { bceWithLogitsLoss } from './losses/bce-with-logits-loss.ts';
export { crossEntropyLoss } from './losses/cross-entropy-loss.ts';
export type { LossCall, OutputLoss } from './losses/loss.ts';
export { mseLoss } from './losses/mse-loss.ts';
export { classificationLosses } from './losses/resolve.ts';
export { softMarginLoss } from './losses/soft-margin-loss.ts';
export { cosine, exponential, naturalLog } from './math.ts';
export type { ModelOptions } from './models/definition.ts';
export { createModel, type ModelInfo, modelInfo, modelNames } from './models/model.ts';
export {
  clipFactor,
  type GradientClip,
  gradientClipSchema,
  type ParameterNorms,
  parameterNorms,
  squareSumRow,
  type TensorNorms,
} from './optimisers/norms.ts';
export {
  createOptimiser,
  type Optimiser,
  type OptimiserName,
  type OptimiserOptions,
  optimiserNames,
  optimiserSchema,
  type Update,
  type UpdatedTensor,
} from './optimisers/optimiser.ts';
export { type Collective, SoloCollective } from './parallel/collective.ts';
export {
  combineInTree,
  maxShardSamples,
  mergesAfterLeaf,
  microBatchShards,
  ownedSubtrees,
  type Range,
  shardSamples,
  splitPoint,
  workerPart,
  workerShards,
  workerSubtrees,
} from './parallel/shards.ts';
export { type AlgorithmTable, algorithmTableSchema, chooseAlgorithms } from './plan/algorithms.ts';
export {
  countParameters,
  type ParameterChunk,
  type ParameterEntry,
  parameterChunks,
  parameterSlices,
  type StateLayout,
  stateLayout,
} from './plan/parameters.ts';
export { type Pair, planReplica, type ReplicaOptions, type ReplicaPlan } from './plan/replica-plan.ts';
export { type PretrainedState, pretrainedState } from './pretrained.ts';
export { beta } from './random/beta.ts';
export { Generator, type Purpose, purposes, type StreamKey } from './random/generator.ts';
export { learningRate, type ScheduleOptions, scheduleSchema } from './schedules/schedule.ts';
export { initialState, readState, type StateDict, writeState } from './state.ts';
export type { StepPart, StepTimer } from './timing.ts';
