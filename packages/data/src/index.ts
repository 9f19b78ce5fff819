export { createDataset, type DatasetParts, type ImageDataset } from './dataset.ts';
export { type DecodeOptions, decodeImage } from './decode.ts';
export { DataError, type DataErrorCode, TransformError, type TransformErrorCode } from './errors.ts';
export { type IdxArray, type ReadIdxOptions, readIdx } from './idx.ts';
export { createImage, type Image, type ImageShape } from './image.ts';
export type { Box } from './mixing/cutmix.ts';
export { type Mixing, type MixingPlace, type Mixture, mix, mixingSchema, sampleMixture } from './mixing/mixture.ts';
export { channelStatistics, type Normalisation, normalisationTable } from './normalisation.ts';
export { augmentPolicies, augmentPolicy } from './policies.ts';
export { SampleLoader, type SampleLoaderOptions } from './sample-loader.ts';
export { batchRanges, type EpochOrderOptions, epochOrder } from './sampler.ts';
export { datasetNames, loadDataset } from './sources/load.ts';
export type { LoadOptions, Split } from './sources/source.ts';
export { affine, type Resample, type ResamplingOptions } from './transforms/affine.ts';
export type { AffineMatrix } from './transforms/affine-matrix.ts';
export { compose } from './transforms/compose.ts';
export { createTransform } from './transforms/create.ts';
export {
  defineTransform,
  type JsonValue,
  type OperationSpec,
  type Transform,
  type TransformDefinition,
  type TransformParts,
  type TransformSpec,
} from './transforms/define.ts';
export type { Fill } from './transforms/fill.ts';
export { oneOf } from './transforms/one-of.ts';
export { builtinTransforms } from './transforms/registry.ts';
export { rotate } from './transforms/rotate.ts';
export { type ShearAbout, type ShearOptions, shearX, shearY } from './transforms/shear.ts';
export { translateX, translateY } from './transforms/translate.ts';
