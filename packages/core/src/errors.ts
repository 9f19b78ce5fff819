/** Codes of {@link CoreError}. */
export type CoreErrorCode =
  | 'GRAPH_INVALID'
  | 'GRAPH_SHAPE'
  | 'LAYER_INVALID'
  | 'LAYER_OPTIONS'
  | 'LAYER_UNKNOWN'
  | 'LOSS_OPTIONS'
  | 'LOSS_UNKNOWN'
  | 'MODEL_UNKNOWN'
  | 'MODEL_OPTIONS'
  | 'BATCH_INVALID'
  | 'OPTIMISER_INVALID'
  | 'STATE_MISMATCH'
  | 'FORMAT_INVALID'
  | 'ONNX_UNSUPPORTED'
  | 'TFJS_UNSUPPORTED';

/** What `core` refuses; the message says what was expected, what came, and where. */
export class CoreError extends Error {
  override readonly name = 'CoreError';
  readonly code: CoreErrorCode;

  constructor(code: CoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
