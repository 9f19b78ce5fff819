export { type Augmented, type AugmentOptions, augment } from './augment/augment.ts';
export {
  type AugmentProgress,
  type AugmentRunOptions,
  type AugmentSummary,
  augmentFolder,
  augmentFromManifest,
} from './augment/augment-folder.ts';
export { loadMixingSet } from './augment/mixing-set.ts';
export { type AugmentFolderOptions, augmentFolderOptionsSchema } from './augment/options.ts';
export { type Batch, BatchLoader, type BatchLoaderOptions } from './batch-loader.ts';
export { classWeights } from './class-weights.ts';
export { type ContactSheetOptions, contactSheet } from './contact-sheet.ts';
export {
  createDataset,
  type DatasetParts,
  type ImageDataset,
  type StreamedPictures,
  withoutSources,
} from './dataset.ts';
export { type DecodeOptions, decodeImage } from './decode.ts';
export { DataError, type DataErrorCode, TransformError, type TransformErrorCode } from './errors.ts';
export { fractal } from './fractals/fractal.ts';
export { type IdxArray, type ReadIdxOptions, readIdx } from './idx.ts';
export { createImage, type Image, type ImageShape } from './image.ts';
export { makeFolders } from './make-folders.ts';
export type { CutmixBox } from './mixing/cutmix.ts';
export { type Mixing, type MixingPlace, type Mixture, mix, mixingSchema, sampleMixture } from './mixing/mixture.ts';
export { channelStatistics, type Normalisation, normalisationTable } from './normalisation.ts';
export { PictureStream, type PictureStreamOptions, pictureOf } from './picture-stream.ts';
export { augmentPolicies, augmentPolicy } from './policies.ts';
export { readPolicy } from './policy-file.ts';
export { withKernelMemory } from './run-kernel.ts';
export { SampleLoader, type SampleLoaderOptions } from './sample-loader.ts';
export {
  type BalancedOrderOptions,
  balancedOrder,
  batchRanges,
  type EpochOrderOptions,
  epochOrder,
  type Sampler,
  samplers,
} from './sampler.ts';
export { datasetNames, loadDataset, namedDataset } from './sources/load.ts';
export {
  brokenPolicies,
  type DatasetSource,
  type LoadOptions,
  type LoadProgress,
  type PictureOptions,
  type Split,
  splits,
} from './sources/source.ts';
export type { PictureSurvey } from './sources/survey.ts';
export { type StratifiedSplitOptions, stratifiedSplit } from './split.ts';
export { affine, type Resample, type ResamplingOptions } from './transforms/affine.ts';
export type { AffineMatrix } from './transforms/affine-matrix.ts';
export { autocontrast, type Cutoff } from './transforms/autocontrast.ts';
export { brightness } from './transforms/brightness.ts';
export { color } from './transforms/color.ts';
export { compose } from './transforms/compose.ts';
export { contrast } from './transforms/contrast.ts';
export { createTransform } from './transforms/create.ts';
export { crop, type PaddingMode, type PaddingOptions } from './transforms/crop.ts';
export {
  defineTransform,
  type JsonValue,
  type OperationSpec,
  type Transform,
  type TransformDefinition,
  type TransformParts,
  type TransformSpec,
} from './transforms/define.ts';
export { equalize } from './transforms/equalize.ts';
export type { Fill } from './transforms/fill.ts';
export { flipHorizontal, flipVertical } from './transforms/flip.ts';
export type { Box } from './transforms/geometry.ts';
export { grayscale } from './transforms/grayscale.ts';
export { hue } from './transforms/hue.ts';
export { invert } from './transforms/invert.ts';
export { oneOf } from './transforms/one-of.ts';
export { pcaLighting } from './transforms/pca-lighting.ts';
export { perspective } from './transforms/perspective.ts';
export { pixmix } from './transforms/pixmix.ts';
export { posterize } from './transforms/posterize.ts';
export { erase } from './transforms/random-erasing.ts';
export { resizedCrop } from './transforms/random-resized-crop.ts';
export type { Region } from './transforms/region.ts';
export { builtinTransforms, transformsWithMixingSet } from './transforms/registry.ts';
export { resize } from './transforms/resize.ts';
export { rotate } from './transforms/rotate.ts';
export { sharpness } from './transforms/sharpness.ts';
export { type ShearAbout, type ShearOptions, shearX, shearY } from './transforms/shear.ts';
export { solarize } from './transforms/solarize.ts';
export { solarizeAdd } from './transforms/solarize-add.ts';
export { someOf } from './transforms/some-of.ts';
export { sometimes } from './transforms/sometimes.ts';
export { translateX, translateY } from './transforms/translate.ts';
export { withoutChance } from './transforms/without-chance.ts';
