import { naturalLog } from '../math.ts';

/**
 * What a stream of random numbers is for. Two purposes never share numbers, so that adding a draw to one of them leaves
 * the others as they were. The numbers are part of what makes a run reproducible: append, never renumber.
 */
export const purposes = {
  initialisation: 1,
  order: 2,
  augmentation: 3,
  dropout: 4,
  split: 5,
  mixing: 6,
  layer: 7,
} as const;
export type Purpose = keyof typeof purposes;

/** Where in a run a stream of random numbers belongs. All fields are integers in [0, 2³²). */
export interface StreamKey {
  readonly seed: number;
  readonly purpose: Purpose;
  readonly epoch?: number;
  /** Index of the sample or of the position in the epoch; for initialisation, of the parameter tensor. */
  readonly position?: number;
  /** Which of several streams of one position: the layer, or the operation in a pipeline. */
  readonly layer?: number;
}

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}

/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 *
 * Writes four 32-bit words, a function of the 128-bit counter and the 64-bit key alone: any number of a run can be had
 * without those before it, which is what makes randomness independent of the number of workers.
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0) >>> 0;
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c1 = low1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** FNV-1a over the characters, with the last steps of MurmurHash3, which spread what is alike. */
function hash(begin: number, name: string): number {
  let value = begin ^ 0x811c9dc5;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/**
 * A stream of random numbers, determined by its key alone: never by a worker, a thread or the time.
 *
 * ```ts
 * const generator = new Generator({ seed: 1, purpose: 'augmentation', epoch: 3, position: 4711 });
 * generator.uniform(-10, 10);
 * ```
 */
export class Generator {
  readonly #stream: StreamKey;
  readonly #key: readonly [number, number];
  readonly #counter: [number, number, number, number];
  readonly #words = new Uint32Array(4);
  #next = 4;

  constructor(stream: StreamKey) {
    const { seed, purpose, epoch = 0, position = 0, layer = 0 } = stream;
    for (const [name, value] of Object.entries({ seed, epoch, position, layer })) {
      if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
        throw new RangeError(`Generator: expected ${name} to be an integer in [0, 2^32), got ${value}`);
      }
    }
    this.#stream = stream;
    this.#key = [seed, purposes[purpose]];
    this.#counter = [0, layer, position, epoch];
  }

  /**
   * Another stream for the same seed, purpose, epoch and position: that of a part with this name, such as an operation of a
   * pipeline. It does not depend on what has been drawn, here or from other parts' streams.
   */
  part(name: string): Generator {
    return new Generator({ ...this.#stream, layer: hash(this.#stream.layer ?? 0, name) });
  }

  /** An integer, uniform in [0, 2³²). */
  uint32(): number {
    if (this.#next === 4) {
      philox4x32(this.#counter, this.#key, this.#words);
      this.#counter[0]++;
      this.#next = 0;
    }
    return this.#words[this.#next++]!;
  }

  /** A number uniform in [low, high), in steps of 2⁻³²(high − low). */
  uniform(low = 0, high = 1): number {
    return low + (this.uint32() / 0x100000000) * (high - low);
  }

  /** An integer uniform in [0, count), without bias: draws that would give some values an extra chance are repeated. */
  integer(count: number): number {
    if (!Number.isInteger(count) || count < 1 || count > 0x100000000) {
      throw new RangeError(`Generator.integer: expected a count in [1, 2^32], got ${count}`);
    }
    const limit = 0x100000000 - (0x100000000 % count);
    for (;;) {
      const word = this.uint32();
      if (word < limit) return word % count;
    }
  }

  /**
   * A number of the standard normal distribution, by Marsaglia's polar method. Uses only operations that IEEE 754
   * rounds exactly and our own logarithm, so that it is the same on every machine.
   */
  normal(): number {
    for (;;) {
      const x = this.uniform(-1, 1);
      const y = this.uniform(-1, 1);
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * naturalLog(square)) / square);
    }
  }
}
