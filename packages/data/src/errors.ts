/**
 * What went wrong with data, for programs to tell apart:
 *
 * | code | meaning |
 * |---|---|
 * | `DATA_UNKNOWN` | no data set of that name |
 * | `DATA_NOT_FOUND` | a file or folder is not there |
 * | `DATA_READ` | it is there and cannot be read: permissions, a folder in the place of a file |
 * | `DATA_FORMAT` | it is not what its place says: wrong magic number, type, dimensions; damaged compression |
 * | `DATA_TRUNCATED` | it ends before what its header announces |
 * | `DATA_TRAILING` | it goes on after what its header announces |
 * | `DATA_MISMATCH` | two parts disagree: images and labels, pixels and shape |
 * | `DATA_LABEL` | a label is not one of the classes |
 * | `DATA_LIMIT` | a limit that is not a positive integer, or above what there is |
 * | `DATA_DECODE` | a picture cannot be decoded |
 * | `DATA_BROKEN` | some pictures of a data set cannot be decoded; the message names them |
 * | `DATA_MEMORY` | the decoded pictures would take more memory than they may |
 * | `DATA_UNSAFE` | a symbolic link or a path in an archive leads out of its folder |
 * | `DATA_FETCH` | a data set cannot be fetched |
 * | `DATA_THREAD` | a thread that makes batches, or decodes pictures, died |
 * | `DATA_STATISTICS` | statistics that cannot normalise: a deviation of zero, the wrong number of channels |
 */
export type DataErrorCode =
  | 'DATA_UNKNOWN'
  | 'DATA_NOT_FOUND'
  | 'DATA_READ'
  | 'DATA_FORMAT'
  | 'DATA_TRUNCATED'
  | 'DATA_TRAILING'
  | 'DATA_MISMATCH'
  | 'DATA_LABEL'
  | 'DATA_LIMIT'
  | 'DATA_DECODE'
  | 'DATA_BROKEN'
  | 'DATA_MEMORY'
  | 'DATA_UNSAFE'
  | 'DATA_FETCH'
  | 'DATA_THREAD'
  | 'DATA_STATISTICS';

/** Data that cannot be used. The message names the file, what was expected, what came, and what to do. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly code: DataErrorCode;

  constructor(code: DataErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * What went wrong with a transform: `TRANSFORM_UNKNOWN`, no such op or policy; `TRANSFORM_PARAMETERS`, a description or
 * sampled values that its schema refuses; `TRANSFORM_IMAGE`, pictures that it cannot work on.
 */
export type TransformErrorCode = 'TRANSFORM_UNKNOWN' | 'TRANSFORM_PARAMETERS' | 'TRANSFORM_IMAGE';

/** A transform that cannot be made or applied. */
export class TransformError extends Error {
  override readonly name = 'TransformError';
  readonly code: TransformErrorCode;

  constructor(code: TransformErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
