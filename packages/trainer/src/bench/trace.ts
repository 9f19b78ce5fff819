/** Something that took a while: milliseconds of `performance.now()`. */
export interface Span {
  readonly name: string;
  readonly category: string;
  readonly begin: number;
  readonly end: number;
  readonly arguments?: Readonly<Record<string, string | number>>;
}

/**
 * A trace file of one thread, as chrome://tracing and https://ui.perfetto.dev open it: Chrome's "Trace Event Format", complete
 * events (`X`) with times in microseconds from the first one's beginning.
 */
export function traceFile(process: string, spans: readonly Span[]): string {
  const start = Math.min(...spans.map(({ begin }) => begin));
  const microseconds = (milliseconds: number): number => Math.round(milliseconds * 1e6) / 1e3;
  const place = { pid: 1, tid: 1 };
  const traceEvents = [
    { name: 'process_name', ph: 'M', ...place, args: { name: process } },
    { name: 'thread_name', ph: 'M', ...place, args: { name: 'worker' } },
    ...spans.map((span) => ({
      name: span.name,
      cat: span.category,
      ph: 'X',
      ts: microseconds(span.begin - start),
      dur: microseconds(span.end - span.begin),
      ...place,
      args: span.arguments ?? {},
    })),
  ];
  return `{"displayTimeUnit":"ms","traceEvents":[\n${traceEvents.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
}
