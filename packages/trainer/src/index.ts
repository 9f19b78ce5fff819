export {
  type BenchLayersOptions,
  benchLayers,
  benchLayersOptionsSchema,
  type LayerFigures,
  type LayersBenchmark,
  type PassFigures,
} from './bench/layers.ts';
export {
  type BenchStepOptions,
  benchStep,
  benchStepOptionsSchema,
  type StepBenchmark,
  type StepTimes,
} from './bench/step.ts';
export {
  type Checkpoint,
  type CheckpointFacts,
  readCheckpoint,
  readLastCheckpoint,
  type WriteCheckpointOptions,
  writeCheckpoint,
} from './checkpoint.ts';
export { type DataFile, readDataFile } from './data-file.ts';
export { type EpochFigures, type EvaluatedSet, judgedFigures } from './epoch-figures.ts';
export { TrainerError, type TrainerErrorCode } from './errors.ts';
export { type EvaluateRunOptions, evaluateRun } from './evaluate-run.ts';
export type { Evaluation, Mistake } from './evaluation.ts';
export { type ExportRunOptions, exportFormats, exportRun } from './export-run.ts';
export { type Fault, type FaultPoint, faultPoints, type RunFaultPoint, runFaultPoints } from './faults.ts';
export { loadModel, type ModelUse } from './model.ts';
export type { ModelFunction } from './model-module.ts';
export { kernelsChoice, type TrainOptions, type TrainOptionsInput, trainOptionsSchema } from './options.ts';
export * from './parallel/index.ts';
export { type Prediction, Predictor } from './predictor.ts';
export { type PreparedRun, pictureOptions, prepareRun } from './prepare.ts';
export type { BestEpoch, Progress } from './progress.ts';
export * from './report/index.ts';
export { latestRunFolder, type RunConfig, readConfig, runFiles, writeWhole } from './run-folder.ts';
export type { EpochMetrics, RunFacts, StepMetrics, TestMetrics, TrainEvent, TrainSummary } from './run-metrics.ts';
export { type RunTrainingOptions, resumeTraining, runTraining } from './run-training.ts';
export type { Recipe } from './setup.ts';
export { weightsSha256 } from './state-digest.ts';
export { type EvaluateOptions, type StepResult, Trainer, type TrainerOptions } from './trainer.ts';
export type { TrainingState } from './training-state.ts';
export { type VerifyResult, verifyWorkers } from './verify.ts';
