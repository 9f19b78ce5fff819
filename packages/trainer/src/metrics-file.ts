import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { notWritten, runFiles } from './run-folder.ts';

/** `metrics.jsonl`: one JSON object a line, appended as the run goes. */
export class MetricsFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #lines = '';
  #writing: Promise<void> | undefined;
  #failure: unknown;
  #closed = false;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** @throws TrainerError `TRAINER_RUN_FOLDER` */
  static async open(runDir: string): Promise<MetricsFile> {
    const path = join(runDir, runFiles.metrics);
    try {
      return new MetricsFile(path, await open(path, 'a'));
    } catch (cause) {
      throw notWritten(path, cause);
    }
  }

  /** Adds a line, which is written soon. @throws TrainerError `TRAINER_RUN_FOLDER` if one before could not be written. */
  write(line: Readonly<Record<string, unknown>>): void {
    this.#check();
    this.#lines += `${JSON.stringify(line)}\n`;
    this.#writing ??= this.#writeLines();
  }

  /** Waits until all lines are on the disk: a checkpoint that is newer than its lines would lack them for good. @throws as {@link write} */
  async flush(): Promise<void> {
    await this.#writing;
    this.#check();
    await this.#file.datasync().catch((cause: unknown) => {
      throw notWritten(this.#path, cause);
    });
  }

  /** May be called again. @throws as {@link write}, so that no lost line goes unnoticed */
  async close(): Promise<void> {
    await this.#writing;
    if (!this.#closed) {
      this.#closed = true;
      await this.#file.close().catch((cause: unknown) => {
        this.#failure ??= cause;
      });
    }
    this.#check();
  }

  /** Never rejects. */
  async #writeLines(): Promise<void> {
    try {
      while (this.#lines !== '') {
        const lines = this.#lines;
        this.#lines = '';
        await this.#file.appendFile(lines);
      }
    } catch (error) {
      this.#failure ??= error;
    }
    this.#writing = undefined;
  }

  #check(): void {
    if (this.#failure) throw notWritten(this.#path, this.#failure);
  }
}
