import type { Kernels } from '@lockstep/kernels';
import type { Collective } from '../parallel/collective.ts';
import { type Range, workerPart } from '../parallel/shards.ts';

/** What one worker alone gathers: the rows of all shards at each of its meetings, or after one. */
export interface Meeting {
  readonly pointer: number;
  readonly rowBytes: number;
  readonly rows: Uint8Array;
}

const bytesAt = (kernels: Kernels, pointer: number, length: number): Uint8Array =>
  new Uint8Array(kernels.memory.buffer, pointer, length);

/** A worker that has all shards, and writes down what is at each meeting. */
export class RecordingCollective implements Collective {
  readonly rank = 0;
  readonly size = 1;
  readonly shards: number;
  readonly meetings: Meeting[] = [];
  /** To be set before the first meeting. */
  kernels: Kernels | undefined;

  constructor(shards: number) {
    this.shards = shards;
  }

  gatherShardRows(pointer: number, rowBytes: number): void {
    // Of all shards, whichever micro-batch it is about: those of the others do not matter.
    const rows = bytesAt(this.kernels!, pointer, this.shards * rowBytes).slice();
    this.meetings.push({ pointer, rowBytes, rows });
  }

  copyShardRows(pointer: number, rowBytes: number): void {
    this.gatherShardRows(pointer, rowBytes);
  }
}

/**
 * One of several workers. At each meeting it must bring the rows that the recorded worker computed for its shards, bit for
 * bit, and gets the others' from the record. So if all workers of a run pass, they would have met each other like this: by
 * induction over the meetings, what each brought is what the others got.
 */
export class ReplayingCollective implements Collective {
  readonly rank: number;
  readonly size: number;
  readonly shards: number;
  readonly #record: readonly Meeting[];
  #met = 0;
  /** To be set before the first meeting. */
  kernels: Kernels | undefined;

  constructor(rank: number, size: number, shards: number, record: readonly Meeting[]) {
    this.rank = rank;
    this.size = size;
    this.shards = shards;
    this.#record = record;
  }

  /** Meetings so far. */
  get met(): number {
    return this.#met;
  }

  gatherShardRows(pointer: number, rowBytes: number, range: Range = { begin: 0, end: this.shards }): void {
    const meeting = this.#record[this.#met++];
    if (meeting?.rowBytes !== rowBytes) throw new Error(`meeting ${this.#met} has rows of ${rowBytes} bytes`);
    const recorded = ({ begin, end }: Range): Uint8Array => meeting.rows.subarray(begin * rowBytes, end * rowBytes);
    const { begin, end } = workerPart(this.rank, this.size, range);
    const own = bytesAt(this.kernels!, pointer + begin * rowBytes, (end - begin) * rowBytes);
    if (Buffer.compare(own, recorded({ begin, end })) !== 0) {
      throw new Error(
        `worker ${this.rank} of ${this.size} brings other rows than a single worker to meeting ${this.#met}`,
      );
    }
    bytesAt(this.kernels!, pointer + range.begin * rowBytes, (range.end - range.begin) * rowBytes).set(recorded(range));
  }

  copyShardRows(pointer: number, rowBytes: number, range?: Range): void {
    this.gatherShardRows(pointer, rowBytes, range);
  }
}
