/** How often each thing has happened. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** A line each, in the order in which they first happened. */
  lines(): string[] {
    return [...this.#counts].map(([what, count]) => `${String(count).padStart(7)}  ${what}`);
  }
}
