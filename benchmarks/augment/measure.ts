/** Microseconds of a call: the best of some bursts, each long enough for the clock, after V8 has optimised; what else happens only adds. */
export function microseconds(call: (i: number) => unknown): number {
  const burst = (count: number): number => {
    const start = performance.now();
    for (let i = 0; i < count; i++) call(i);
    return ((performance.now() - start) * 1000) / count;
  };
  const warm = performance.now() + 20;
  while (performance.now() < warm) call(0);
  const count = Math.max(1, Math.min(10_000, Math.ceil(4000 / burst(3))));
  return Math.min(...Array.from({ length: 5 }, () => burst(count)));
}
