/** Names of factors, and their values. */
export type Factors = Readonly<Record<string, readonly unknown[]>>;
/** A value of each factor. */
export type Choice<F extends Factors> = { readonly [K in keyof F]: F[K][number] };

/** All pairs of values of different factors, each as text. */
export function pairsOf<F extends Factors>(factors: F, choice: Partial<Choice<F>>): string[] {
  const names = Object.keys(factors).filter((name) => name in choice);
  const index = (name: string) => factors[name]!.indexOf(choice[name]);
  return names.flatMap((a, i) => names.slice(i + 1).map((b) => `${a}=${index(a)} ${b}=${index(b)}`));
}

/**
 * Few choices in which each value of each factor comes with each value of every other at least once: one choice after the other is made
 * of the values that bring the most pairs that have not been yet (Cohen et al. 1997, without its chance).
 */
export function pairwise<const F extends Factors>(factors: F): Choice<F>[] {
  const names = Object.keys(factors);
  const missing = new Set(
    names.flatMap((a, i) =>
      names
        .slice(i + 1)
        .flatMap((b) =>
          factors[a]!.flatMap((x) =>
            factors[b]!.flatMap((y) => pairsOf(factors, { [a]: x, [b]: y } as Partial<Choice<F>>)),
          ),
        ),
    ),
  );
  const choices: Choice<F>[] = [];
  while (missing.size > 0) {
    // Begins with a pair that is missing, so that every choice brings one at least.
    let choice: Record<string, unknown> = Object.fromEntries(
      [...missing][0]!.split(' ').map((part) => {
        const [name, index] = part.split('=') as [string, string];
        return [name, factors[name]![Number(index)]];
      }),
    );
    for (const name of names.filter((other) => !(other in choice))) {
      const news = factors[name]!.map((value) => {
        const tried = { ...choice, [name]: value };
        return {
          tried,
          count: pairsOf(factors, tried as Partial<Choice<F>>).filter((pair) => missing.has(pair)).length,
        };
      });
      choice = news.reduce((best, next) => (next.count > best.count ? next : best)).tried;
    }
    for (const pair of pairsOf(factors, choice as Choice<F>)) missing.delete(pair);
    choices.push(choice as Choice<F>);
  }
  return choices;
}
