import { abi, type KernelExports } from './abi.ts';
import { KernelError } from './errors.ts';
import { slackBytes } from './memory.ts';

/**
 * The kernels over one memory.
 *
 * Stateless: all state is in the memory, and instantiating again over the same memory changes nothing in it. Instances
 * over different memories, or in different threads over one memory, don't know of each other.
 *
 * The functions in `ops/` check what they are given and call {@link Kernels.wasm}; nothing else should.
 */
export class Kernels {
  readonly memory: WebAssembly.Memory;
  readonly wasm: KernelExports;
  /** The whole memory as float32. */
  readonly f32: Float32Array<SharedArrayBuffer>;
  /** The whole memory as int32. */
  readonly i32: Int32Array<SharedArrayBuffer>;
  /** The whole memory as bytes. */
  readonly u8: Uint8Array<SharedArrayBuffer>;
  /** The whole memory as float64. */
  readonly f64: Float64Array<SharedArrayBuffer>;
  /** Lanes of the widest panel of packed weights: 8 or 16. */
  readonly panelWidth: number;
  readonly #bytes: number;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    const buffer = sharedBuffer(memory);
    this.memory = memory;
    this.wasm = checkedExports(new WebAssembly.Instance(module, { env: { memory, abort: aborted } }));
    this.f32 = new Float32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.#bytes = buffer.byteLength;
    this.panelWidth = this.wasm.panelWidth();
  }

  /** First byte of the memory that the module's own data leaves free. */
  get heapBase(): number {
    return this.wasm.heapBase();
  }

  /**
   * Whether a region is wholly inside the memory, and aligned to its elements. The last {@link slackBytes} of the memory count
   * as outside, since a kernel may read (never write) that far past a region's end.
   */
  holds(pointer: number, elements: number, elementBytes = 4): boolean {
    return (
      Number.isSafeInteger(pointer) &&
      pointer > 0 &&
      pointer % elementBytes === 0 &&
      Number.isSafeInteger(elements) &&
      elements >= 0 &&
      pointer + elements * elementBytes <= this.#bytes - slackBytes
    );
  }

  /**
   * Refuses a region that the memory does not {@link holds | hold}.
   *
   * @param name what the region is, for the message: `conv2d: x`.
   * @throws KernelError `KERNEL_POINTER`
   */
  check(name: string, pointer: number, elements: number, elementBytes = 4): void {
    if (this.holds(pointer, elements, elementBytes)) return;
    throw new KernelError(
      'KERNEL_POINTER',
      `${name}: expected ${elements} elements of ${elementBytes} bytes at a positive pointer that is a multiple of ${elementBytes}, within the ` +
        `${this.#bytes - slackBytes} usable bytes of memory, got pointer ${pointer}`,
    );
  }

  /**
   * {@link check} of several regions of the same size, by name.
   *
   * @param op what their names come after, in the message
   */
  checkAll<Name extends string>(op: string, regions: Readonly<Record<Name, number>>, elements: number): void {
    for (const name in regions) {
      const pointer = regions[name]!;
      if (!this.holds(pointer, elements)) this.check(`${op}: ${name}`, pointer, elements);
    }
  }
}

/** Some elements of memory, which have been checked to be in it. */
export interface Region {
  readonly pointer: number;
  readonly elements: number;
  readonly elementBytes?: number;
}

/**
 * Refuses an output that overlaps an input of a kernel that reads it after it has begun to write.
 *
 * @throws KernelError `KERNEL_ARGUMENT`
 */
export function checkApart(op: string, output: Region, inputs: Readonly<Record<string, Region>>): void {
  for (const name in inputs) {
    const input = inputs[name]!;
    if (output.elements === 0 || input.elements === 0) continue;
    if (output.pointer >= endOf(input) || input.pointer >= endOf(output)) continue;
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `${op}: expected an output that does not overlap ${name}, got one from ${output.pointer} to ${endOf(output)}; ` +
        `${name} is from ${input.pointer} to ${endOf(input)}`,
    );
  }
}

const endOf = ({ pointer, elements, elementBytes = 4 }: Region): number => pointer + elements * elementBytes;

function sharedBuffer(memory: WebAssembly.Memory): SharedArrayBuffer {
  const buffer: unknown = memory.buffer;
  if (buffer instanceof SharedArrayBuffer) return buffer;
  throw new KernelError(
    'KERNEL_ARGUMENT',
    'Kernels: expected a shared WebAssembly.Memory, such as createMemory() makes',
  );
}

function aborted(): never {
  throw new KernelError('KERNEL_ARGUMENT', 'a kernel aborted');
}

/** The instance's functions, each checked to be there with as many arguments as the table says. */
function checkedExports(instance: WebAssembly.Instance): KernelExports {
  for (const [name, kinds] of Object.entries(abi)) {
    const value = instance.exports[name];
    if (typeof value !== 'function' || value.length !== kinds.length) {
      throw new KernelError(
        'KERNEL_BUILD',
        `the WebAssembly module does not export ${name} with ${kinds.length} arguments: it is from another version; run "pnpm build"`,
      );
    }
  }
  return instance.exports as KernelExports;
}

/**
 * Refuses what is not an integer in [minimum, maximum].
 *
 * @throws KernelError `KERNEL_ARGUMENT`
 */
export function checkInteger(name: string, value: number, minimum: number, maximum = 0x7fffffff): void {
  if (isInteger(value, minimum, maximum)) return;
  throw new KernelError('KERNEL_ARGUMENT', `${name}: expected an integer in [${minimum}, ${maximum}], got ${value}`);
}

const isInteger = (value: number, minimum: number, maximum = 0x7fffffff): boolean =>
  Number.isInteger(value) && value >= minimum && value <= maximum;

/**
 * Refuses the sizes of a tensor, if one is not an integer, or negative. Each by itself: the product of two negative ones is positive.
 * And if their product would be beyond int32 but for those that are 0: a kernel would count to it over nothing.
 *
 * @throws KernelError `KERNEL_ARGUMENT`
 */
export function checkCounts(op: string, counts: Readonly<Record<string, number>>): void {
  let product = 1;
  // Every call of a kernel comes by here: an array of entries, and names that are put together, would cost more than some calls.
  for (const name in counts) {
    const count = counts[name]!;
    if (!isInteger(count, 0)) checkInteger(`${op}: ${name}`, count, 0);
    product *= Math.max(1, count);
  }
  if (product <= 0x7fffffff) return;
  throw new KernelError(
    'KERNEL_ARGUMENT',
    `${op}: expected ${Object.keys(counts).join('·')} to be at most ${0x7fffffff}, got ${Object.values(counts).join('·')}`,
  );
}

/**
 * Refuses what is not a number in [minimum, maximum].
 *
 * @throws KernelError `KERNEL_ARGUMENT`
 */
export function checkRange(name: string, value: number, minimum: number, maximum: number): void {
  if (value >= minimum && value <= maximum) return;
  throw new KernelError('KERNEL_ARGUMENT', `${name}: expected a number in [${minimum}, ${maximum}], got ${value}`);
}
