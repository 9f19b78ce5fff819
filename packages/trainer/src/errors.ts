/** Codes of {@link TrainerError}. */
export type TrainerErrorCode =
  | 'TRAINER_OPTIONS'
  | 'TRAINER_NOT_FINITE'
  | 'TRAINER_CHECKPOINT'
  | 'TRAINER_VERSION'
  | 'TRAINER_RUN_FOLDER'
  | 'TRAINER_STOPPED'
  | 'TRAINER_WEIGHTS'
  | 'TRAINER_MODEL'
  | 'TRAINER_LAYERS';

/** What the trainer refuses, or what ends a run; the message says what was expected, what came, and what to do. */
export class TrainerError extends Error {
  override readonly name = 'TrainerError';
  readonly code: TrainerErrorCode;

  constructor(code: TrainerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
