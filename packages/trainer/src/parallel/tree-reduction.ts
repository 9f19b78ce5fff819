import { ParallelArgumentError } from './errors.ts';
import type { ReductionProgram } from './reduction-program.ts';

/** Adds `count` floats at byte `source` to those at byte `destination` of the worker's own memory, each rounded to a float. */
export type AddFloats = (destination: number, source: number, count: number) => void;

/**
 * Takes the floats [begin, end) of the sum, which lie at byte `sumPointer` of the worker's own memory until it returns.
 * It must not write to them: with one worker they are the partial itself.
 */
export type ConsumeSum = (begin: number, end: number, sumPointer: number) => void;

/** What a reduction sums, and where. */
export interface ReductionSpec {
  /** Byte offset of the first partial, the same in every worker's memory. A multiple of 4. */
  readonly partials: number;
  /** Bytes from one partial of a worker to the next. A multiple of 4. */
  readonly stride: number;
  /** The part of the vector to sum, in floats from the start of each partial. */
  readonly begin: number;
  readonly end: number;
  /** Byte offset of the worker's scratch: `scratchBytes` of the collective. A multiple of 4. */
  readonly scratch: number;
  /** The trainer passes its SIMD kernel. Default: a loop in JavaScript, with the same bits. */
  readonly add?: AddFloats;
}

/** Each step of the program, ready to run: a fetch has a view for each block, an addition a place for its operand. */
type ReadyStep =
  | { readonly views: readonly Float32Array[]; readonly slotFloat: number }
  | { readonly views: undefined; readonly slotByte: number; readonly operand: ReadyOperand };

/** A slot has the same place for every block; an own partial moves on with the blocks. */
interface ReadyOperand {
  readonly byte: number;
  readonly bytesPerBlock: number;
}

/**
 * The sum of a range of a vector over all shards, in the order of the fixed tree, prepared once and run in every step
 * without allocating. Made by `SharedCollective.prepareReduction`.
 *
 * It works in blocks that stay in the cache: a block of each other worker's partial is copied into the scratch, the
 * blocks are added there, and the sum is handed on before the next block begins.
 *
 * Memory traffic of a worker: `fetchedBytes` read from other workers' memories and written to its scratch, and its own
 * partials read once. (For N workers of which each owns one subtree: (N − 1) · 4 bytes a float of the range.)
 */
export class TreeReduction {
  /** Bytes that one run reads from the memories of other workers. */
  readonly fetchedBytes: number;
  readonly #steps: readonly ReadyStep[];
  readonly #result: ReadyOperand;
  readonly #floats: Float32Array;
  readonly #begin: number;
  readonly #end: number;
  readonly #blockFloats: number;
  readonly #add: AddFloats;

  /** @param memories The floats of every worker's memory, by rank. */
  constructor(
    program: ReductionProgram,
    memories: readonly Float32Array[],
    rank: number,
    blockFloats: number,
    spec: ReductionSpec,
  ) {
    const { partials, stride, begin, end, scratch } = spec;
    for (const [name, value] of Object.entries({ partials, stride, scratch })) {
      if (value % 4 !== 0 || value < 0) {
        throw new ParallelArgumentError(`'${name}' of a reduction must be a multiple of 4 bytes, not ${value}`);
      }
    }
    const floats = memories[rank]!;
    const slotByte = (slot: number) => scratch + slot * blockFloats * 4;
    checkRange(floats, begin, end, (partials + lastOwn(program) * stride) / 4, slotByte(program.slots) / 4);

    const ready = (operand: ReductionProgram['result']): ReadyOperand =>
      'slot' in operand
        ? { byte: slotByte(operand.slot), bytesPerBlock: 0 }
        : { byte: partials + operand.own * stride + begin * 4, bytesPerBlock: blockFloats * 4 };

    this.#steps = program.steps.map((step) => {
      if (step.op === 'add') {
        return { views: undefined, slotByte: slotByte(step.slot), operand: ready(step.operand) };
      }
      const base = (partials + step.from.index * stride) / 4;
      const views: Float32Array[] = [];
      for (let block = begin; block < end; block += blockFloats) {
        views.push(viewOf(memories[step.from.worker]!, base + block, base + Math.min(end, block + blockFloats)));
      }
      return { views, slotFloat: slotByte(step.slot) / 4 };
    });
    this.#result = ready(program.result);
    this.#floats = floats;
    this.#begin = begin;
    this.#end = end;
    this.#blockFloats = blockFloats;
    this.#add = spec.add ?? addFloats(floats);
    this.fetchedBytes = program.fetches * (end - begin) * 4;
  }

  /**
   * Sums, block after block from the left; every block but the last has the block size of the collective. Every worker
   * must have met the others since it last wrote its partials, and must meet them again before it overwrites them.
   */
  run(consume: ConsumeSum): void {
    let block = 0;
    for (let begin = this.#begin; begin < this.#end; begin += this.#blockFloats, block++) {
      const end = Math.min(this.#end, begin + this.#blockFloats);
      for (const step of this.#steps) {
        // Plain, unordered reads of memory that others have written: the meeting before orders them.
        if (step.views !== undefined) this.#floats.set(step.views[block]!, step.slotFloat);
        else this.#add(step.slotByte, step.operand.byte + block * step.operand.bytesPerBlock, end - begin);
      }
      consume(begin, end, this.#result.byte + block * this.#result.bytesPerBlock);
    }
  }
}

/** The addition for users without a kernel: a sum of two floats in double precision, rounded once, is the float sum. */
function addFloats(floats: Float32Array): AddFloats {
  return (destination, source, count) => {
    const to = destination / 4;
    const from = source / 4;
    for (let i = 0; i < count; i++) floats[to + i]! += floats[from + i]!;
  };
}

/** The highest number of a partial of the worker's own that the program reads. */
function lastOwn({ steps, result }: ReductionProgram): number {
  const operands = [result, ...steps.flatMap((step) => (step.op === 'add' ? [step.operand] : []))];
  return Math.max(0, ...operands.map((operand) => ('own' in operand ? operand.own : 0)));
}

function viewOf(memory: Float32Array, begin: number, end: number): Float32Array {
  if (end > memory.length) {
    throw new ParallelArgumentError(
      `A partial ends at byte ${end * 4}, beyond another worker's memory of ${memory.byteLength} bytes`,
    );
  }
  return memory.subarray(begin, end);
}

function checkRange(floats: Float32Array, begin: number, end: number, partial: number, scratchEnd: number): void {
  if (!(Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin >= 0 && begin <= end)) {
    throw new ParallelArgumentError(
      `The range of a reduction must be 0 ≤ begin ≤ end in floats, not [${begin}, ${end})`,
    );
  }
  const last = Math.max(partial + end, scratchEnd);
  if (last > floats.length) {
    throw new ParallelArgumentError(
      `A reduction reaches to byte ${last * 4}, beyond the worker's memory of ${floats.byteLength} bytes`,
    );
  }
}
