import { type Transferable, Worker } from 'node:worker_threads';

/**
 * A thread that is asked for things, and answers each in turn. While there is nothing to wait for it does not keep the process
 * alive.
 */
export class AskedThread<Question, Answer> {
  readonly #worker: Worker;
  /** What it has been asked for, in order. */
  readonly #asked: PromiseWithResolvers<Answer>[] = [];
  #failure: Error | undefined;

  /**
   * @param name of the file beside this one that runs in it, without what it ends with
   * @param onDeath gives the error, where the thread ends by itself: told what it did, once
   */
  constructor(name: string, workerData: unknown, onDeath: (what: string, cause?: unknown) => Error) {
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const died = (what: string, cause?: unknown): void => {
      if (this.#failure === undefined) this.fail(onDeath(what, cause));
    };
    this.#worker = new Worker(new URL(`./${name}.${ending}`, import.meta.url), { workerData });
    this.#worker.on('message', (answer: Answer) => {
      this.#asked.shift()?.resolve(answer); // none if it was closed meanwhile
      if (this.#asked.length === 0) this.#worker.unref();
    });
    const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
    this.#worker.on('error', (error: unknown) => died(`failed: ${reasonOf(error)}`, error));
    this.#worker.on('exit', (code) => died(`ended with code ${code}`));
    this.#worker.unref();
  }

  /** How many answers are still to come. */
  get pending(): number {
    return this.#asked.length;
  }

  ask(question: Question, transfer: readonly Transferable[] = []): Promise<Answer> {
    if (this.#failure) return Promise.reject(this.#failure);
    const asked = Promise.withResolvers<Answer>();
    this.#asked.push(asked);
    this.#worker.ref();
    this.#worker.postMessage(question, transfer);
    return asked.promise;
  }

  /** Nothing is waited for any more. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#asked.splice(0)) reject(this.#failure);
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
