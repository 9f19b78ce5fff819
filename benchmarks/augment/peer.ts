import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { stderr } from 'node:process';
import { createInterface } from 'node:readline';

/** A library in a process of its own, which measures the operations whose names are written to it (peers/measure_lines.py). */
export class Peer {
  readonly name: string;
  readonly version: string;
  /** Those that it has. */
  readonly operations: ReadonlySet<string>;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    name: string,
    process: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
    { version, operations }: { version: string; operations: string[] },
  ) {
    this.name = name;
    this.version = version;
    this.operations = new Set(operations);
    this.#process = process;
    this.#lines = lines;
  }

  /** Starts it; undefined, with a message, where it is not here. */
  static async start(name: string, command: string, args: readonly (string | number)[]): Promise<Peer | undefined> {
    const process = spawn(command, args.map(String));
    let complaint = '';
    process.on('error', ({ message }) => {
      complaint = message;
    });
    process.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (!first.done) return new Peer(name, process, lines, JSON.parse(first.value));
    stderr.write(`${name} is left out: ${complaint.trim().split('\n').at(-1) || 'it is not here'}\n`);
    return undefined;
  }

  /** Microseconds of one of its operations. */
  async measure(operation: string): Promise<number> {
    this.#process.stdin.write(`${operation}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error(`${this.name} ended in ${operation}`);
    return JSON.parse(line.value).microseconds;
  }

  stop(): void {
    this.#process.stdin.end();
  }
}
