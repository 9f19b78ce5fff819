import { stripVTControlCharacters } from 'node:util';
import type { OutputStream } from '../output/output.ts';

/** A stream that keeps what is written to it. */
export class FakeStream implements OutputStream {
  readonly isTTY: boolean;
  columns: number;
  text = '';

  constructor(isTTY = false, columns = 80) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
  }

  /** What a terminal shows in the end: carriage returns and "erase to the end of the line" carried out, colours left out. */
  get screen(): string[] {
    return stripVTControlCharacters(this.text.replaceAll('\x1b[K', ''))
      .split('\n')
      .map((line) => line.split('\r').at(-1)!);
  }
}
