/** Codes of {@link KernelError}. */
export type KernelErrorCode =
  | 'KERNEL_ARGUMENT'
  | 'KERNEL_POINTER'
  | 'KERNEL_MEMORY'
  | 'KERNEL_BUILD'
  | 'KERNEL_SELF_CHECK';

/** What the kernels refuse: a wrong argument, a pointer outside the memory, a machine that cannot run them. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  readonly code: KernelErrorCode;

  constructor(code: KernelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
